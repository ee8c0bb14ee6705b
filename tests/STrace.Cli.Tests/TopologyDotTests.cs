using System.Text.RegularExpressions;
using STrace.Manager;
using static STrace.Cli.Tests.Networks;

namespace STrace.Cli.Tests;

public sealed class TopologyDotTests
{
    [Fact]
    public void Write_BothDirectionsOfALink_AreOneEdgeWithThePortsAtItsEnds() =>
        Assert.Equal(
            [$"""  "{S1}" -- "{S2}" [taillabel="2", headlabel="3"];"""],
            Edges(Two with { Links = Link() }));

    [Fact]
    public void Write_LinkBesideTheSpanningTree_IsDashedAndCalledSpare() =>
        Assert.EndsWith("""style=dashed, label="up, spare"];""", Assert.Single(Edges(Two with { Links = Link(floods: false) })), StringComparison.Ordinal);

    [Fact]
    public void Write_LinkThatIsDown_IsRedAndSaysWhySinceWhen() =>
        Assert.EndsWith(
            """color=red, fontcolor=red, style=dotted, label="down (port-down)\nsince 2023-11-14 22:13:20 UTC"];""",
            Assert.Single(Edges(Two with { Links = Link("port-down") })), StringComparison.Ordinal);

    [Fact]
    public void Write_OneDirectionDown_IsDown() =>
        Assert.Contains("down (silent)", Assert.Single(Edges(Two with { Links = [Way(S1, 2, S2, 3), Way(S2, 3, S1, 2, "silent")] })), StringComparison.Ordinal);

    [Fact]
    public void Write_TwoLinksBetweenTwoSwitches_AreTwoEdges() =>
        Assert.Equal(2, Edges(Two with { Links = [.. Link(), Way(S1, 4, S2, 5), Way(S2, 5, S1, 4)] }).Length);

    [Fact]
    public void Write_SwitchThatIsGone_IsRedAndSaysSinceWhen() =>
        Assert.Contains(
            $"""  "{S1}" [shape=box, label="s1\n{S1}\ngone since 2023-11-14 22:13:20 UTC", color=red, fontcolor=red];""",
            Lines(Empty with { Switches = [Switch(S1, "s1", connected: false)] }));

    [Fact]
    public void Write_SwitchThatOnlyOthersTellOf_IsGrey() =>
        Assert.Contains(
            $"""  "{S2}" [shape=box, label="{S2}\nnever connected", color=gray, fontcolor=gray];""",
            Lines(Empty with { Datastores = [new DatastoreInfo("ds", true, [new DatastorePortInfo(S2, 9, "eth0")])] }));

    [Fact]
    public void Write_Host_HangsAtItsPort() =>
        Assert.Equal(
            [$"""  "{S1}" -- "00:00:00:00:00:01 {S1}" [taillabel="1"];"""],
            Edges(Two with { Hosts = [new LocatedHost("00:00:00:00:00:01", S1, 1, "10.0.0.1", "h1")] }));

    [Fact]
    public void Write_DatastoreAtTwoSwitches_IsOneNodeWithTwoEdges()
    {
        TopologyInfo topology = Two with { Datastores = [new DatastoreInfo("ds", false, [new DatastorePortInfo(S1, 9, "eth0"), new DatastorePortInfo(S2, 8, "eth1")])] };

        Assert.Contains("""  "datastore ds" [shape=cylinder, label="ds\ngone", color=red, fontcolor=red];""", Lines(topology));
        Assert.Equal(
            [$"""  "{S1}" -- "datastore ds" [taillabel="9"];""", $"""  "{S2}" -- "datastore ds" [taillabel="8"];"""],
            Edges(topology));
    }

    [Fact]
    public void Write_NameWithQuotes_StaysOneText() =>
        Assert.Contains("""label="a \"b\" \\ c\n""", TopologyDot.Write(Empty with { Switches = [Switch(S1, "a \"b\" \\ c")] }), StringComparison.Ordinal);

    private static TopologyInfo Two => Empty with { Switches = [Switch(S1, "s1"), Switch(S2, "s2")] };

    private static string[] Lines(TopologyInfo topology) => TopologyDot.Write(topology).Split('\n');

    private static string[] Edges(TopologyInfo topology) => [.. Lines(topology).Where(line => Regex.IsMatch(line, "\" -- \""))];
}
