using STrace.Manager;

namespace STrace.Cli.Tests;

public sealed class WatchLineTests
{
    private static readonly PathSummary Path = new(
        "c88ab4615224b60b", "1404430317081565000", "6032000", "ok", 44, 0, ["h1", "h2"], "ntier socket", Final: false, Revision: 2, "");

    [Fact]
    public void Line_PathThatMayChange_TellsItsRevision() => Assert.Equal(
        "2014-07-03 23:31:57.081565  c88ab4615224b60b  ok  revision 2  44 calls  6.032 ms  ntier socket  h1 h2", WatchCommand.Line(Path));

    [Fact]
    public void Line_FinalPath_SaysSo() => Assert.Contains("  final  ", WatchCommand.Line(Path with { Final = true }), StringComparison.Ordinal);
}
