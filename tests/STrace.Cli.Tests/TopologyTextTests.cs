using STrace.Manager;
using static STrace.Cli.Tests.Networks;

namespace STrace.Cli.Tests;

public sealed class TopologyTextTests : IDisposable
{
    private readonly CapturedConsole _console = new();

    public void Dispose() => _console.Dispose();

    [Fact]
    public void Write_EachKind_IsATableOfItsOwn()
    {
        TopologyText.Write(new TopologyInfo(
            [Switch(S1, "s1", true, new SwitchPortInfo(2, "s1-eth2", "")), Switch(S2, "s2", connected: false)],
            Link("switch-gone"),
            [new LocatedHost("00:00:00:00:00:01", S1, 1, "10.0.0.1", "h1")],
            [new DatastoreInfo("ds", true, [new DatastorePortInfo(S2, 9, "eth0")])]));

        Assert.Equal(
            [
                "SWITCH            NAME  STATE      SINCE (UTC)",
                "0000000000000001  s1    connected  2023-11-14 22:13:20.123456",
                "0000000000000002  s2    gone       2023-11-14 22:13:20.123456",
                "LINK AT                          TO                       STATE               SINCE (UTC)",
                "0000000000000001 port 2 s1-eth2  0000000000000002 port 3  down (switch-gone)  2023-11-14 22:13:20.123456",
                "HOST AT                  MAC                IP        AGENT OF",
                "0000000000000001 port 1  00:00:00:00:00:01  10.0.0.1  h1",
                "DATASTORE AT             NAME  INTERFACE  STATE",
                "0000000000000002 port 9  ds    eth0       connected",
            ],
            Text());
    }

    [Fact]
    public void Write_NothingKnown_IsTheHeadingOfTheSwitches()
    {
        TopologyText.Write(Empty);

        Assert.Equal(["SWITCH  NAME  STATE  SINCE (UTC)"], Text());
    }

    [Theory]
    [InlineData(null, true, "up")]
    [InlineData(null, false, "up, spare")]
    [InlineData("silent", false, "down (silent)")]
    public void InWords_Link_SaysItsState(string? reason, bool floods, string words) =>
        Assert.Equal(words, Assert.Single(Cable.Of(Link(reason, floods))).InWords);

    [Fact]
    public void InWords_OneDirectionSeen_SaysSo() =>
        Assert.Equal("up, one way", Assert.Single(Cable.Of([Way(S2, 3, S1, 2)])).InWords);

    [Fact]
    public void Of_SeveralLinks_AreInTheOrderOfTheirEnds() =>
        Assert.Equal(
            [(S1, 2), (S1, 12), (S2, 1)],
            Cable.Of([Way(S2, 1, "0000000000000003", 1), Way(S1, 12, S2, 2), .. Link()]).Select(cable => (cable.Low.Dpid, cable.Low.Port)));

    [Fact]
    public void WriteSwitches_PortsThatAreDown_AreMarked()
    {
        TopologyText.WriteSwitches([Switch(
            S1, "s1", true, new SwitchPortInfo(1, "s1-eth1", "", false), new SwitchPortInfo(2, "s1-eth2", ""), new SwitchPortInfo(65534, "s1", "", false))]);

        Assert.EndsWith(" 1:s1-eth1(down) 2:s1-eth2 local:s1", Text()[1], StringComparison.Ordinal);
    }

    [Fact]
    public void SessionSwitches_LossesAndSilence_AreTold()
    {
        SessionSwitches.Write(
            [
                new SessionSwitchInfo(S1, Since, Since, true, 3, 12, 1200, 2, [new SessionPortInfo(4, 9, 9, 5, 1), new SessionPortInfo(5, 9, 9, 0, 0)]),
                new SessionSwitchInfo(S2, null, null, false, 0, 0, 0, 0, []),
            ]);

        Assert.Equal(
            [
                "SWITCH            RULES  PACKETS  BYTES  WITHOUT A RULE  LOST AT PORTS                COUNTED FROM (UTC)          UNTIL (UTC)",
                "0000000000000001  3      12       1200   2               port 4: 5 dropped, 1 errors  2023-11-14 22:13:20.123456  2023-11-14 22:13:20.123456",
                "0000000000000002  ?      ?        ?      ?               ?                                                        never: it did not answer",
            ],
            Text());
    }

    private string[] Text() => [.. _console.OutLines.Select(line => line.TrimEnd()).Where(line => line is not "")];
}
