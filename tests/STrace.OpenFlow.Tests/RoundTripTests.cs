namespace STrace.OpenFlow.Tests;

public sealed class RoundTripTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("02:00:00:00:00:0a");
    private static readonly Ipv4Address Ip = Ipv4Address.Parse("10.0.0.7");
    private static readonly byte[] Payload = [1, 2, 3, 4, 5];
    private static readonly Match Tcp = new() { DlType = 0x0800, NwProto = 6, NwDst = Ip, NwDstPrefixLength = 24, TpDst = 3335 };
    private static readonly PortDescription Port = new()
    {
        Number = 3,
        HardwareAddress = Mac,
        Name = "of-sw1-eth3",
        Config = PortConfig.NoFlood,
        State = PortState.StpForward,
        Current = PortFeatures.Speed1GFull,
        Advertised = PortFeatures.Copper,
        Supported = PortFeatures.Pause,
        Peer = PortFeatures.Fiber,
    };

    public static TheoryData<OpenFlowAction> Actions =>
    [
        new OutputAction(3, 7), new SetVlanVidAction(5), new SetVlanPcpAction(3), new StripVlanAction(), new SetDlSrcAction(Mac),
        new SetDlDstAction(Mac), new SetNwSrcAction(Ip), new SetNwDstAction(Ip), new SetNwTosAction(32), new SetTpSrcAction(3332),
        new SetTpDstAction(3335), new EnqueueAction(3, 7), new VendorAction(0x2320, new byte[8]),
    ];

    public static TheoryData<OpenFlowMessage> Messages =>
    [
        new HelloMessage(),
        new HelloMessage { Version = 4, Body = Payload },
        new ErrorMessage { ErrorType = ErrorType.FlowModFailed, Code = (ushort)FlowModFailedCode.Overlap, Data = Payload },
        new EchoRequestMessage { Data = Payload },
        new EchoReplyMessage { Data = Payload },
        new VendorMessage { Vendor = 0x2320, Data = Payload },
        new FeaturesRequestMessage(),
        new FeaturesReplyMessage { DatapathId = 0xff0102030405, Buffers = 256, Tables = 2, Capabilities = Capabilities.FlowStats,
            SupportedActions = 0xfff, Ports = [Port, Port] },
        new GetConfigRequestMessage(),
        new GetConfigReplyMessage { Fragments = FragmentHandling.Reassemble, MissSendLength = 1 },
        new SetConfigMessage { Fragments = FragmentHandling.Drop, MissSendLength = 0xffff },
        new PacketInMessage { BufferId = 1, TotalLength = 60, InPort = 2, Reason = PacketInReason.Action, Data = Payload },
        new FlowRemovedMessage { Match = Tcp, Cookie = 1, Priority = 2, Reason = FlowRemovedReason.Delete, DurationSeconds = 3,
            DurationNanoseconds = 4, IdleTimeoutSeconds = 5, PacketCount = 6, ByteCount = 7 },
        new PortStatusMessage { Reason = PortStatusReason.Delete, Port = Port },
        new PacketOutMessage { InPort = 2, Actions = [new SetNwDstAction(Ip), new OutputAction(PortNumber.Table)], Data = Payload },
        new FlowModMessage { Match = Tcp, Cookie = 1, Command = FlowModCommand.DeleteStrict, IdleTimeoutSeconds = 2, HardTimeoutSeconds = 3,
            Priority = 4, BufferId = 5, OutPort = 6, Flags = FlowModFlags.Emergency, Actions = [new OutputAction(1)] },
        new PortModMessage { Port = 9, HardwareAddress = Mac, Config = PortConfig.NoFlood, Mask = PortConfig.PortDown,
            Advertise = PortFeatures.Fiber },
        new BarrierRequestMessage(),
        new BarrierReplyMessage(),
        new QueueGetConfigRequestMessage { Port = 3 },
        new QueueGetConfigReplyMessage { Port = 3, Queues = [
            new QueueDescription { QueueId = 7, Properties = [new MinimumRateQueueProperty(250), new OtherQueueProperty(0, Payload)] },
            new QueueDescription { QueueId = 8 }] },
        Request(new DescriptionStatsRequest()),
        Request(new FlowStatsRequest { Match = Tcp, TableId = 1, OutPort = 2 }),
        Request(new AggregateStatsRequest { Match = Tcp, TableId = 1, OutPort = 2 }),
        Request(new TableStatsRequest()),
        Request(new PortStatsRequest(3)),
        Request(new QueueStatsRequest(3, 7)),
        Request(new VendorStatsRequest(0x2320, Payload)),
        Reply(new DescriptionStatsReply { Manufacturer = "a", Hardware = "b", Software = "c", SerialNumber = "d", Datapath = "e" }),
        Reply(new FlowStatsReply { Entries = [
            new FlowStats { TableId = 1, Match = Tcp, DurationSeconds = 2, DurationNanoseconds = 3, Priority = 4, IdleTimeoutSeconds = 5,
                HardTimeoutSeconds = 6, Cookie = 7, PacketCount = 8, ByteCount = 9,
                Actions = [new SetTpDstAction(80), new OutputAction(1)] },
            new FlowStats()] }),
        Reply(new AggregateStatsReply { PacketCount = 1, ByteCount = 2, FlowCount = 3 }),
        Reply(new TableStatsReply { Entries = [
            new TableStats { TableId = 1, Name = "t", Wildcards = 2, MaxEntries = 3, ActiveCount = 4, LookupCount = 5,
                MatchedCount = 6 }] }),
        Reply(new PortStatsReply { Entries = [
            new PortStats { Port = 1, ReceivedPackets = 2, SentPackets = 3, ReceivedBytes = 4, SentBytes = 5, ReceiveDropped = 6,
                SendDropped = 7, ReceiveErrors = 8, SendErrors = 9, ReceiveFrameErrors = 10, ReceiveOverruns = 11,
                ReceiveCrcErrors = 12, Collisions = 13 }] }),
        Reply(new QueueStatsReply { Entries = [new QueueStats { Port = 1, QueueId = 2, SentBytes = 3, SentPackets = 4, SendErrors = 5 }] }),
        Reply(new VendorStatsReply(0x2320, Payload)),
    ];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Decode_EncodedMessage_GivesSameObject(OpenFlowMessage message)
    {
        var sent = message with { Xid = 0x1234 };

        var received = OpenFlowCodec.Decode(OpenFlowCodec.Encode(sent));

        Assert.Equal(ObjectText.Of(sent), ObjectText.Of(received));
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public void Decode_EncodedAction_GivesSameObject(OpenFlowAction action)
    {
        var received = OpenFlowCodec.Decode(OpenFlowCodec.Encode(new FlowModMessage { Actions = [action] }));

        Assert.Equal(ObjectText.Of(action), ObjectText.Of(Assert.Single(Assert.IsType<FlowModMessage>(received).Actions)));
    }

    [Fact]
    public void Encode_ToBufferWriter_WritesSameBytes()
    {
        var message = new EchoRequestMessage { Xid = 1, Data = Payload };
        var output = new System.Buffers.ArrayBufferWriter<byte>();

        OpenFlowCodec.Encode(message, output);

        Assert.Equal(OpenFlowCodec.Encode(message), output.WrittenSpan);
    }

    [Fact]
    public void Encode_CopyOfDecodedMessageWithOtherXid_ChangesNothingElse()
    {
        var frame = GoldenVector.All.Single(vector => vector.Name == "packet_in_odd_padding").Frame;

        var copy = OpenFlowCodec.Encode(OpenFlowCodec.Decode(frame) with { Xid = 0x01020304 });

        Assert.Equal([.. frame[..4], 1, 2, 3, 4, .. frame[8..]], copy);
    }

    private static StatsRequestMessage Request(StatsRequestBody body) => new() { Body = body };

    private static StatsReplyMessage Reply(StatsReplyBody body) => new() { Flags = StatsReplyFlags.More, Body = body };
}
