namespace STrace.Cli.Tests;

public sealed class HostNameTests
{
    [Theory]
    [InlineData("h")]
    [InlineData("web-1.example_net")]
    [InlineData("_")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public void Check_AHostsName_IsIt(string name) => Assert.Equal(name, HostName.Check(name));

    [Theory]
    [InlineData("")]
    [InlineData(".h")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("h\n")]
    [InlineData("hôte")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234")]
    public void Check_AnythingElse_IsAUsageError(string name) =>
        Assert.Equal(ExitStatus.Usage, Assert.Throws<CliException>(() => HostName.Check(name)).Status);
}
