using STrace.Model;
using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests;

public sealed class ReplayerTests
{
    private const int Seeds = 300;

    private static readonly ReplayOptions Fast =
        new() { Id = "r1", Speed = 0, FramesPerSecond = 1_000_000, Settle = TimeSpan.Zero, CacheSettle = TimeSpan.Zero };

    private static readonly RecordedTopology Topology = new(
        new Dictionary<ulong, IReadOnlyCollection<ushort>> { [1] = [1, 2, 3, 4] },
        new HashSet<SwitchPort>(),
        new Dictionary<MacAddress, SwitchPort>());

    [Fact]
    public async Task RunAsync_AnySteps_NoPacketBeforeItsRulesAndNoRuleBeforeItsPackets()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var steps = Enumerable.Range(1, 60).Select(number => Step(random, (uint)number)).ToArray();
            var stage = new ScriptedStage(seed);
            var record = await RunAsync(stage, steps);

            Assert.True(stage.Violation is null, $"seed {seed}: {stage.Violation}");
            Assert.Equal(
                steps.OfType<InstallRule>().Select(step => (step.Dpid, step.Message.Xid)),
                record.FlowMods.Select(sent => (sent.Dpid, sent.Xid)));
            Assert.Equal(
                steps.Where(step => step is not InjectFrame).Select(Name),
                stage.Log.Where(line => line != "FlowMod 0" && !line.StartsWith("Inject", StringComparison.Ordinal)));
            Assert.Equal(
                steps.OfType<InjectFrame>().GroupBy(step => step.At).ToDictionary(sent => sent.Key, sent => sent.Count()),
                record.Injected);
        }
    }

    [Fact]
    public async Task RunAsync_RulesAndPackets_AreInTheRecord()
    {
        var stage = new ScriptedStage(0);
        stage.OnSent = (dpid, message) =>
        {
            if (message is PacketOutMessage)
                stage.Report(dpid, new PacketInMessage());
        };
        var rule = new FlowModMessage
        {
            Xid = 5,
            Cookie = 6,
            Priority = 7,
            Match = new Match { InPort = 1 },
            Actions = [new SetNwDstAction(new Ipv4Address(1)), new OutputAction(2)],
        };
        var packet = new SendPacket(12, 2, new PacketOutMessage());
        var record = await RunAsync(stage, new InstallRule(11, 1, rule), packet, Inject(1, 1), Inject(1, 1));

        Assert.Equal(
            [new ReplayedFlowMod(1, 5, FlowModCommand.Add, 6, 7, "in_port=1", "mod_nw_dst:0.0.0.1,output:2", 11)], record.FlowMods);
        Assert.Equal(2, record.Injected[new SwitchPort(1, 1)]);
        Assert.Equal((1, 1), (record.PacketOuts[2], record.MutedPacketIns[2]));
        Assert.All(record.Barriers, barrier => Assert.Contains(barrier.Xid, stage.Barriers));
        Assert.Contains(record.Barriers, barrier => barrier.Dpid == 1);
        Assert.Empty(record.Errors);
    }

    [Fact]
    public async Task RunAsync_SwitchRefusesARule_IsReportedAndNoRewrite()
    {
        var start = new FlowTuple(6, Endpoint.Parse("10.0.0.1:1"), Endpoint.Parse("10.0.0.2:2"));
        var rule = new FlowModMessage
        {
            Xid = 5,
            Match = new Match { DlType = 0x0800 },
            Actions = [new SetNwDstAction(new Ipv4Address(1)), new OutputAction(2)],
        };
        var stage = new ScriptedStage(0);
        Assert.Single((await RunAsync(stage, Fast with { Starts = [start] }, new InstallRule(1, 1, rule))).Rewrites);

        stage.OnSent = (dpid, message) =>
        {
            if (message.Xid == 5)
                stage.Report(dpid, new ErrorMessage { Xid = 5, ErrorType = ErrorType.FlowModFailed, Data = OpenFlowCodec.Encode(message) });
        };
        var record = await RunAsync(stage, Fast with { Starts = [start] }, new InstallRule(1, 1, rule));
        Assert.Equal([new ReplayError(1, 5, "FlowModFailed", "AllTablesFull")], record.Errors);
        Assert.Empty(record.Rewrites);
    }

    [Theory]
    [InlineData(9, 1, "switch 0000000000000009 is not connected (recorded ports: )")]
    [InlineData(1, 4, "switch 0000000000000001 has no port 4 (recorded ports: 1, 2, 3, 4)")]
    [InlineData(1, 3, "no datastore stands at port 3 of switch 0000000000000001, where frames entered (recorded ports: 1, 2, 3, 4)")]
    public async Task RunAsync_AnotherNetwork_IsRefusedBeforeAnythingIsSent(ulong dpid, ushort port, string difference)
    {
        var stage = new ScriptedStage(0);
        var refusal = await Assert.ThrowsAsync<ControlException>(() => RunAsync(stage, Inject(dpid, port)));

        Assert.Equal($"the replay network is not the recorded one: {difference}", refusal.Message);
        Assert.Empty(stage.Log);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public async Task RunAsync_RuleToAMissingPort_IsRefusedWhereTheRecordedSwitchHadIt(ushort port, bool refused)
    {
        var rule = new InstallRule(0, 1, new FlowModMessage { Actions = [new OutputAction(port)] });
        var failure = await Record.ExceptionAsync(() => RunAsync(new ScriptedStage(0), rule));
        Assert.Equal(refused, failure is ControlException);
    }

    [Fact]
    public async Task RunAsync_Cancelled_LeavesTheSwitchesEmpty()
    {
        using var cancel = new CancellationTokenSource();
        var stage = new ScriptedStage(0);
        stage.OnSent = (_, message) =>
        {
            if (message.Xid == 5)
                cancel.Cancel();
        };
        ReplayStep[] steps = [Rule(0, 5), Inject(2, 1), Rule(0, 6)];
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            new Replayer(TimeProvider.System).RunAsync(Plan(steps), stage, Fast, null, cancel.Token));

        var deleted = stage.Log.SkipWhile(line => line != "FlowMod 5").Count(line => line == "FlowMod 0");
        Assert.Equal(2, deleted);
        Assert.DoesNotContain("FlowMod 6", stage.Log);
    }

    [Fact]
    public async Task RunAsync_RecordedTiming_StepsAreDueByTheirTimes()
    {
        var time = new ManualTime();
        var stage = new ScriptedStage(0);
        ReplayStep[] steps = [Rule(0, 1), Rule(4_000_000_000, 2)];
        var running = new Replayer(time).RunAsync(Plan(steps), stage, Fast with { Speed = 2 }, null, CancellationToken.None);
        await Eventually.TrueAsync(() => stage.Log.Contains("FlowMod 1"), "the first rule is sent");
        time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.DoesNotContain("FlowMod 2", stage.Log);

        while (!running.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(0.2));
            await Task.Yield();
        }
        Assert.Equal(2, (await running).FlowMods.Count);
    }

    [Fact]
    public async Task RunAsync_NotSynchronised_PacketGoesBeforeItsRuleIsConfirmed()
    {
        var stage = new ScriptedStage(0);
        var record = await RunAsync(stage, Fast with { Synchronised = false }, Rule(0, 5), Inject(1, 1));

        Assert.NotNull(stage.Violation);
        Assert.Single(record.Barriers);
    }

    [Fact]
    public async Task RunAsync_Progress_EndsWithAllSteps()
    {
        var reports = new List<ReplayProgress>();
        ReplayStep[] steps = [Inject(1, 1), Inject(2, 1), Rule(0, 1)];
        await new Replayer(TimeProvider.System).RunAsync(
            Plan(steps), new ScriptedStage(0), Fast, new Reports(reports), CancellationToken.None);

        Assert.Equal([new ReplayProgress(2, 3), new ReplayProgress(3, 3)], reports);
    }

    private static Task<ReplayRecord> RunAsync(ScriptedStage stage, params ReplayStep[] steps) => RunAsync(stage, Fast, steps);

    private static Task<ReplayRecord> RunAsync(ScriptedStage stage, ReplayOptions options, params ReplayStep[] steps) =>
        new Replayer(TimeProvider.System).RunAsync(Plan(steps), stage, options, null, CancellationToken.None);

    private static ReplayPlan Plan(ReplayStep[] steps) => new() { Steps = steps, Topology = Topology, Frames = [] };

    private static InstallRule Rule(long timeNs, uint xid) => new(timeNs, 1, new FlowModMessage { Xid = xid });

    private static InjectFrame Inject(ulong dpid, ushort port) => new(0, dpid, port, new byte[] { 1 });

    private static ReplayStep Step(Random random, uint number)
    {
        var dpid = (ulong)random.Next(1, 4);
        return random.Next(3) switch
        {
            0 => new InstallRule(number, dpid, new FlowModMessage { Xid = number, Command = (FlowModCommand)random.Next(5) }),
            1 => new SendPacket(number, dpid, new PacketOutMessage { Xid = number }),
            _ => new InjectFrame(number, dpid, (ushort)random.Next(1, 3), new[] { (byte)number }),
        };
    }

    private static string Name(ReplayStep step) => step switch
    {
        InstallRule rule => $"FlowMod {rule.Message.Xid}",
        SendPacket packet => $"PacketOut {packet.Message.Xid}",
        _ => "",
    };

    private sealed class Reports(List<ReplayProgress> reports) : IProgress<ReplayProgress>
    {
        public void Report(ReplayProgress value) => reports.Add(value);
    }
}
