using System.CommandLine;

namespace STrace.Cli.Tests;

public sealed class PathQueryTests
{
    [Theory]
    [InlineData("--slow 500ms", "slow=0.5")]
    [InlineData("--slow 2s", "slow=2")]
    [InlineData("--slow 1.5m", "slow=90")]
    [InlineData("--slow 3", "slow=3")]
    [InlineData("--rewrites live,replay", "rewrites=live%2Creplay")]
    [InlineData("--rewrites none --slow 1s", "rewrites=none&slow=1")]
    [InlineData("", "")]
    public void Of_WhatWasSaid_IsInTheQuery(string words, string query) => Assert.Equal($"sessions/s1/paths?{query}", Of("s1", words));

    [Fact]
    public void Of_NameWithOtherLetters_IsEscaped() => Assert.Equal("sessions/a%2Fb%3Fc/paths?", Of("a/b?c", ""));

    [Theory]
    [InlineData("0")]
    [InlineData("-1s")]
    [InlineData("1h")]
    [InlineData("ms")]
    [InlineData("1,5s")]
    [InlineData("NaN")]
    public void Of_SlowThatIsNoTime_IsAUsageError(string slow) =>
        Assert.Equal(ExitStatus.Usage, Assert.Throws<CliException>(() => Of("s1", $"--slow={slow}")).Status);

    private static string Of(string session, string words)
    {
        var command = new RootCommand { PathQuery.Session, PathQuery.Rewrites, PathQuery.Slow };
        return PathQuery.Of(command.Parse(["--session", session, .. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)]), "paths");
    }
}
