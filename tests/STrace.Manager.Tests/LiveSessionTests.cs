using Microsoft.Extensions.Logging.Abstractions;
using STrace.Control;
using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Manager.Tests;

/// <summary>What comes of several hosts and of the network is put together as it comes.</summary>
public sealed class LiveSessionTests
{
    private const long PassedNs = ScriptedAgent.TimeNs + 3_600_000_000_000;

    private readonly RecordedRequest _request = new(1);

    [Fact]
    public async Task Find_RuleThatRewritesSeenLive_JoinsTheHosts()
    {
        LiveSession session = Session("h1", "h2");
        session.Give(new LiveRule(new RecordedControlMessage(ScriptedAgent.TimeNs, 2, ControlDirection.ToSwitch, OpenFlowCodec.Encode(Rule()))));
        session.Give(new LiveBlock("h1", Guid.Empty, _request.ClientBlock("s1", 1)));
        session.Give(new LiveBlock("h2", Guid.Empty, _request.Block("s1", 1)));
        Pass(session, "h1", PassedNs);
        Pass(session, "h2", PassedNs);

        CausalPath path = Assert.Single(await PathsAsync(session, paths => paths.Count > 0));

        Assert.Equal((true, 2 * RecordedRequest.Calls), (path.Final, path.Events.Count));
        Assert.Equal(RewriteSource.Live, Assert.Single(path.Rewrites).Source);
    }

    [Fact]
    public async Task Find_OneHostHasNotPassed_IsNotFinal()
    {
        LiveSession session = Session("h1", "h2");
        session.Give(new LiveBlock("h2", Guid.Empty, _request.Block("s1", 1)));
        Pass(session, "h1", _request.LastNs);
        Pass(session, "h2", PassedNs);

        CausalPath path = Assert.Single(await PathsAsync(session, paths => paths.Count > 0));

        Assert.False(path.Final);
    }

    [Fact]
    public async Task Find_Ended_IsNull()
    {
        LiveSession session = Session();
        session.Give(new LiveEnded());

        Assert.Null(await session.FindAsync([], CancellationToken.None));
    }

    private static LiveSession Session(params string[] hosts) => new(
        "s1",
        new LiveSources(hosts, () => new Dictionary<string, IpAddress>(), () => hosts.Select(Right), () => NetworkHistory.Empty),
        new ManagerOptions { BuildInterval = TimeSpan.Zero }, TimeProvider.System, NullLogger.Instance);

    /// <summary>What a clock says that is right.</summary>
    private static ClockReading Right(string host) => new(host, ScriptedAgent.TimeNs, ScriptedAgent.TimeNs + 1, ScriptedAgent.TimeNs + 2);

    private static FlowModMessage Rule() => new()
    {
        Xid = 1,
        Match = new Match { DlType = 0x0800, NwProto = FlowTuple.Tcp, NwDst = Ipv4Address.Parse(RecordedRequest.AskedAddress) },
        Priority = 200,
        Actions = [new SetNwDstAction(Ipv4Address.Parse(RecordedRequest.ServerAddress)), new OutputAction(2)],
    };

    private static void Pass(LiveSession session, string host, long untilNs) => session.Give(new LivePassed(host, Guid.Empty, untilNs, IsLast: false));

    private static async Task<IReadOnlyList<CausalPath>> PathsAsync(LiveSession session, Predicate<IReadOnlyList<CausalPath>> wanted)
    {
        for (long end = Environment.TickCount64 + 10_000; ;)
        {
            IReadOnlyList<CausalPath> paths = (await session.FindAsync([], CancellationToken.None))!.Paths;
            if (wanted(paths))
                return paths;
            Assert.True(Environment.TickCount64 < end, "the paths are not as expected");
        }
    }
}
