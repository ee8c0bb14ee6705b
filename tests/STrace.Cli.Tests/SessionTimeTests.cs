namespace STrace.Cli.Tests;

public sealed class SessionTimeTests
{
    private const string Start = "1795370432000000000"; // 2026-11-22 18:00:32 UTC

    [Theory]
    [InlineData("1795370433000000000", 1795370433000000000)]
    [InlineData("18:00:33", 1795370433000000000)]
    [InlineData("18:00:33.5", 1795370433500000000)]
    [InlineData("2026-11-22T18:00:33.25", 1795370433250000000)]
    [InlineData("2026-11-22 18:00:33", 1795370433000000000)]
    public void Parse_EveryForm_IsRead(string text, long ns) => Assert.Equal(ns, SessionTime.Parse("--at", text, Start));

    [Fact]
    public void Parse_AnythingElse_IsAUsageError() =>
        Assert.Equal(ExitStatus.Usage, Assert.Throws<CliException>(() => SessionTime.Parse("--at", "soon", Start)).Status);
}
