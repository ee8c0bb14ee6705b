namespace STrace.Control.Tests;

public sealed class SpanningTreeTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Theory]
    [InlineData("1:2-2:2 1:3-2:3", "1:2-2:2")]
    [InlineData("1:2-2:3 2:2-3:3 1:3-3:2", "1:2-2:3 1:3-3:2")]
    [InlineData("1:2-1:3", "")]
    [InlineData("1:2-2:2 3:2-4:2", "1:2-2:2 3:2-4:2")]
    public void Of_LinksThatAreUp_JoinsAllWithoutALoop(string links, string tree) =>
        Assert.Equal(tree, Text(SpanningTree.Of(Links(links), SpanningTree.Empty, _ => true)));

    [Fact]
    public void Of_ANewLinkThatWouldComeFirst_LeavesWhatIsInUse()
    {
        var before = SpanningTree.Of(Links("1:3-3:2 2:2-3:3"), SpanningTree.Empty, _ => true);

        Assert.Equal("1:3-3:2 2:2-3:3", Text(SpanningTree.Of(Links("1:2-2:3 1:3-3:2 2:2-3:3"), before, _ => true)));
    }

    [Fact]
    public void Of_ASwitchIsGone_GoesAroundItAndReachesItOnce()
    {
        var links = Links("1:2-2:3 2:2-3:3 1:3-3:2").Select(link =>
            link.From.Dpid == 2 || link.To.Dpid == 2 ? link with { Loss = LinkLoss.SwitchGone } : link);

        Assert.Equal("1:2-2:3 1:3-3:2", Text(SpanningTree.Of(links, SpanningTree.Empty, dpid => dpid != 2)));
    }

    [Fact]
    public void Of_ASwitchHasComeBack_KeepsTheLinkToItUntilItIsFoundAgain()
    {
        var before = SpanningTree.Of(Links("1:2-2:3 1:3-3:2"), SpanningTree.Empty, _ => true);
        var links = Links("2:2-3:3 1:3-3:2").Concat(Links("1:2-2:3").Select(link => link with { Loss = LinkLoss.SwitchGone }));

        Assert.Equal("1:2-2:3 1:3-3:2", Text(SpanningTree.Of(links, before, _ => true)));
    }

    [Fact]
    public void Of_TwoNeighboursAreGone_ReachesThemOnceTogether()
    {
        var links = Links("1:2-2:3 2:2-3:3 1:3-3:2").Select(link => link with { Loss = LinkLoss.SwitchGone });

        Assert.Equal("1:2-2:3 2:2-3:3", Text(SpanningTree.Of(links, SpanningTree.Empty, dpid => dpid == 1)));
    }

    [Fact]
    public void From_AChain_GivesTheFirstPortOfEachWay()
    {
        var tree = SpanningTree.Of(Links("1:2-2:3 2:2-3:3 1:7-4:1"), SpanningTree.Empty, _ => true);

        Assert.Equal([(2, 2), (4, 7), (3, 2)], tree.From(1).Select(reached => ((int)reached.Dpid, (int)reached.By)));
    }

    /// <summary>"1:2-2:3 .." in both directions.</summary>
    private static IEnumerable<SwitchLink> Links(string text) => text.Split(' ').Select(link => link.Split('-').Select(Port).ToArray())
        .SelectMany(ends => (SwitchLink[])[new(ends[0], ends[1], Now, Now), new(ends[1], ends[0], Now, Now)]);

    private static SwitchPort Port(string text) => text.Split(':') is [var dpid, var port]
        ? new SwitchPort(ulong.Parse(dpid, null), ushort.Parse(port, null))
        : throw new ArgumentException(text);

    private static string Text(SpanningTree tree) =>
        string.Join(' ', tree.Cables.Order().Select(cable => $"{cable.Low.Dpid}:{cable.Low.Port}-{cable.High.Dpid}:{cable.High.Port}"));
}
