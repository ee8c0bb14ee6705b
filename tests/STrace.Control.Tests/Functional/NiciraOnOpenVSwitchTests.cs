using STrace.Model;
using STrace.OpenFlow;
using STrace.TestKit;
using static STrace.Control.Tests.NiciraActions;

namespace STrace.Control.Tests.Functional;

[Trait("Category", "Functional")]
[Collection("Open vSwitch")]
public sealed class NiciraOnOpenVSwitchTests
{
    private const int Client = 2;
    private const int Server = 3;
    private const ushort FirstPort = 41000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly SwitchPort In = OvsNetwork.PortOf(Client);
    private static readonly SwitchPort Behind = OvsNetwork.PortOf(Server);
    private static readonly OutputAction Out = new(Behind.Port);

    /// <summary>One rule a client's port; by FLOW_MOD and by NXT_FLOW_MOD in turn. Those for another kind of packet come last.</summary>
    private static readonly OpenFlowAction[][] Rules =
    [
        [Load(0x0a4d0003, NiciraField.IpDst), Load(80, NiciraField.TcpDst, 0, 16), Out],
        [Load(0x0a4d00, NiciraField.IpDst, 8, 24), Out],
        [Move(NiciraField.IpSrc, Register0), Move(NiciraField.IpDst, NiciraField.IpSrc), Move(Register0, NiciraField.IpDst), Out],
        [Move(NiciraField.TcpSrc, NiciraField.TcpDst, 16), Load(Behind.Port, Register1, 0, 16), OutputRegister(Register1)],
        [Load(0x0a4d0004, Register0), Move(Register0, NiciraField.IpSrc), Move(NiciraField.IpDst, NiciraField.IpDst, 8, 0, 24), Out],
        [Load(0x0a4d0005, NiciraField.IpDst), ResubmitTable(1)],
        [new SetNwDstAction(Ipv4Address.Parse("10.77.0.6")), Move(NiciraField.IpDst, NiciraField.IpSrc, 8), Out],
        [Load(8, NiciraField.TcpDst, 4, 4), new SetTpSrcAction(7), Out],
    ];

    [FunctionalFact]
    public async Task Read_NiciraRulesOnARealSwitch_GivesTheAddressesOfThePacketsThatComeOut()
    {
        var recorder = new RecordingRecorder();
        await using var listener = new RunningController(time: TimeProvider.System, plane: new ReplayPlane(), recorder: recorder);
        await using var network = await OvsNetwork.StartAsync(listener.Endpoint, "OpenFlow10", OvsRole.Replay);
        await Eventually.TrueAsync(() => listener.Registry.Connected.Count == 2, "both switches are up");
        using var datastores = await DatastoreProcess.StartAsync(network, In, Behind);
        var datapath = listener.Registry.Find(OvsNetwork.East)!;

        await datapath.SendAsync(new NiciraFlowModTableId(true).ToVendorMessage(datapath.NextXid()));
        for (var number = 0; number < Rules.Length; number++)
            await datapath.SendAsync(Rule(number, datapath.NextXid()));
        await datapath.SendAsync(InSecondTable(datapath.NextXid()));
        await datapath.SendAsync(new FlowModMessage
        {
            Xid = datapath.NextXid(),
            Match = new Match { InPort = In.Port },
            Priority = 1,
            Actions = [new SetNwDstAction(Ipv4Address.Parse("10.77.0.7")), Out],
        });
        await datapath.BarrierAsync().WaitAsync(Patience);
        await datapath.RequestAsync(EveryRule).WaitAsync(Patience);
        Assert.DoesNotContain(recorder.Messages, message => message.Frame.Span[OpenFlowFields.Type] == (byte)MessageType.Error);

        var frames = Enumerable.Range(0, Rules.Length + 1).Select(Frame).ToList();
        await datastores.InjectAsync(In, frames, CancellationToken.None);
        await Eventually.TrueAsync(
            () => datastores.Received.Count(frame => frame.At == Behind) >= frames.Count, "all packets come out");

        var rules = RewriteRuleReader.Read(recorder.Messages).Rules;
        Assert.Equal(Rules.Length + 1, rules.Count);
        Assert.All(rules, rule => Assert.Null(rule.Doubt));
        var cameOut = datastores.Received.Where(frame => frame.At == Behind).Select(frame => $"{FrameIdentity.Flow(frame.Frame.Span)}");
        Assert.Equal(frames.Select(frame => Computed(rules, FrameIdentity.Flow(frame.Span)!.Value)).Order(), cameOut.Order());

        var table = await network.DumpFlowsAsync(OvsNetwork.East);
        Assert.All(rules, rule => Assert.Contains($"actions={rule.Actions}\n", table, StringComparison.Ordinal));
        var told = RewriteRuleReader.Read(recorder.Messages.Where(message => message.Direction == ControlDirection.FromSwitch)).Rules;
        Assert.Equal(rules.Select(Text).Order(), told.Select(Text).Order());
    }

    private static string Text(RewriteRule rule) => $"{rule.Priority} {rule.Match} {rule.Actions}";

    private static string Computed(IEnumerable<RewriteRule> rules, FlowTuple flow) =>
        rules.Where(rule => rule.Covers(flow)).MaxBy(rule => rule.Priority)!.Apply(flow).ToString();

    /// <summary>NXST_FLOW, as nicira-ext.h has it: any output, no match, all tables.</summary>
    private static StatsRequestMessage EveryRule => new()
    {
        Body = new VendorStatsRequest(NiciraMessage.VendorId, Convert.FromHexString("0000000000000000" + "ffff0000ff000000")),
    };

    private static ReadOnlyMemory<byte> Frame(int number)
    {
        const int headerLengthOffset = 46;
        const byte fiveWords = 5 << 4;
        var frame = Frames.Tcp(
            MacAddress.Parse("02:00:00:00:00:02"), MacAddress.Parse("02:00:00:00:00:03"), Ipv4Address.Parse("10.77.0.2"),
            (ushort)(FirstPort + number), Ipv4Address.Parse("200.200.200.201"), 8080);
        frame[headerLengthOffset] = fiveWords; // without it Open vSwitch sees no ports
        return frame;
    }

    private static OpenFlowMessage Rule(int number, uint xid)
    {
        var match = new Match { InPort = In.Port, DlType = 0x0800, NwProto = 6, TpSrc = (ushort)(FirstPort + number) };
        if (number % 2 == 0)
            return new FlowModMessage { Xid = xid, Match = match, Actions = Rules[number] };
        var fields = new NiciraMatch(
        [
            Field(NiciraField.InPort, In.Port), Field(NiciraField.EthType, 0x0800), Field(NiciraField.IpProto, 6),
            Field(NiciraField.IpSrc, 0x0a4d0000, 0xffffff00), Field(NiciraField.TcpSrc, (uint)(FirstPort + number)),
        ]);
        return new NiciraFlowMod { Match = fields, Actions = Rules[number] }.ToVendorMessage(xid);
    }

    private static VendorMessage InSecondTable(uint xid) =>
        new NiciraFlowMod { Command = (FlowModCommand)(1 << 8), Actions = [Out] }.ToVendorMessage(xid);
}
