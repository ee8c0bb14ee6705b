using STrace.OpenFlow;

namespace STrace.Fuzz;

internal sealed partial class RandomParts
{
    private static readonly ushort[] OutputPorts =
        [PortNumber.InPort, PortNumber.Table, PortNumber.Normal, PortNumber.Flood, PortNumber.All, PortNumber.Controller, PortNumber.Local];

    /// <summary>Actions that a rule with this match may have.</summary>
    public List<OpenFlowAction> Actions(Match match) => List(5, () => Action(match));

    private OpenFlowAction Action(Match match) => random.Next(15) switch
    {
        0 or 1 => new OutputAction(PhysicalPort()),
        2 => new OutputAction(OutputPorts[random.Next(OutputPorts.Length)], Number16()),
        3 => new SetVlanVidAction((ushort)random.Next(4096)),
        4 => new SetVlanPcpAction((byte)random.Next(8)),
        5 => new StripVlanAction(),
        6 => new SetDlSrcAction(Mac()),
        7 => new SetDlDstAction(Mac()),
        8 => new SetNwSrcAction(Ip()),
        9 => new SetNwDstAction(Ip()),
        10 => new SetNwTosAction((byte)(random.Next(64) << 2)),
        11 => new SetTpSrcAction(Number16()),
        12 => new SetTpDstAction(Number16()),
        13 => new EnqueueAction(PhysicalPort(), Number32()),
        _ => RandomNicira.Action(this, match),
    };

    public StatsRequestBody StatsRequest() => random.Next(7) switch
    {
        0 => new DescriptionStatsRequest(),
        1 => new FlowStatsRequest { Match = Match(), TableId = Table(), OutPort = OneIn(2) ? PortNumber.None : PhysicalPort() },
        2 => new AggregateStatsRequest { Match = Match(), TableId = Table(), OutPort = OneIn(2) ? PortNumber.None : PhysicalPort() },
        3 => new TableStatsRequest(),
        4 => new PortStatsRequest(OneIn(2) ? PortNumber.None : PhysicalPort()),
        5 => new QueueStatsRequest(OneIn(2) ? PortNumber.All : PhysicalPort(), OneIn(2) ? OpenFlowConstants.AllQueues : Number32()),
        _ => new VendorStatsRequest(0x1234, Bytes(20)),
    };

    public StatsReplyBody StatsReply() => random.Next(9) switch
    {
        0 => new DescriptionStatsReply
        {
            Manufacturer = Text(40),
            Hardware = Text(255),
            Software = Text(40),
            SerialNumber = Text(31),
            Datapath = Text(40),
        },
        1 or 2 or 3 => new FlowStatsReply { Entries = List(6, Flow) },
        4 => new AggregateStatsReply { PacketCount = Number64(), ByteCount = Number64(), FlowCount = Number32() },
        5 => new TableStatsReply { Entries = List(3, TableStats) },
        6 => new PortStatsReply { Entries = List(4, PortStats) },
        7 => new QueueStatsReply
        {
            Entries = List(4, () => new QueueStats
            {
                Port = Port(),
                QueueId = Number32(),
                SentBytes = Number64(),
                SentPackets = Number64(),
                SendErrors = Number64(),
            }),
        },
        _ => new VendorStatsReply(0x1234, Bytes(20)),
    };

    private byte Table() => OneIn(2) ? OpenFlowConstants.AllTables : (byte)random.Next(255);

    private FlowStats Flow()
    {
        var match = Match();
        return new()
        {
            TableId = (byte)random.Next(255),
            Match = match,
            DurationSeconds = Number32(),
            DurationNanoseconds = Nanoseconds(),
            Priority = Priority(),
            IdleTimeoutSeconds = Small16(),
            HardTimeoutSeconds = Small16(),
            Cookie = Number64(),
            PacketCount = Number64(),
            ByteCount = Number64(),
            Actions = Actions(match),
        };
    }

    private TableStats TableStats() => new()
    {
        TableId = (byte)random.Next(255),
        Name = "t" + Text(30),
        Wildcards = Number32() & 0x3fffff,
        MaxEntries = Number32(),
        ActiveCount = Number32(),
        LookupCount = Number64(),
        MatchedCount = Number64(),
    };

    private PortStats PortStats() => new()
    {
        Port = Port(),
        ReceivedPackets = Number64(),
        SentPackets = Number64(),
        ReceivedBytes = Number64(),
        SentBytes = Number64(),
        ReceiveDropped = Number64(),
        SendDropped = Number64(),
        ReceiveErrors = Number64(),
        SendErrors = Number64(),
        ReceiveFrameErrors = Number64(),
        ReceiveOverruns = Number64(),
        ReceiveCrcErrors = Number64(),
        Collisions = Number64(),
    };
}
