namespace STrace.OpenFlow.Tests;

public sealed class OpenFlowTextTests
{
    // It cuts a name of sixteen letters, and shows a match without wildcards with the priority that it has by the specification, not the one sent.
    private static readonly string[] ShownOtherwise = ["port_status_long_name", "flow_mod_every_field"];

    public static TheoryData<GoldenVector> ReadByOpenVSwitch =>
        [.. GoldenVector.All.Where(vector => OpenVSwitchReading.Knows(vector.Decode()) && !ShownOtherwise.Contains(vector.Name))];

    [Theory]
    [MemberData(nameof(ReadByOpenVSwitch))]
    public void Of_Vector_IsAsOpenVSwitchPrintsIt(GoldenVector vector)
    {
        var message = vector.Decode();

        Assert.Equal(
            OpenVSwitchReading.Comparable(message, vector.OpenVSwitchReading),
            OpenVSwitchReading.Comparable(message, OpenFlowText.Of(message).Split('\n')));
    }

    public static TheoryData<OpenFlowMessage, string> Texts => new()
    {
        {
            new FlowModMessage { Xid = 1, BufferId = 5, OutPort = 3, Flags = (FlowModFlags)0xf, Command = (FlowModCommand)9 },
            "OFPT_FLOW_MOD (xid=0x1): cmd:9 buf:0x5 out_port:3 send_flow_rem check_overlap emerg 0x8 actions=drop"
        },
        {
            new ErrorMessage { ErrorType = (ErrorType)9, Code = 3 },
            "OFPT_ERROR (xid=0x0): type 9, code 3"
        },
        {
            new ErrorMessage { ErrorType = ErrorType.BadAction, Code = 99, Data = OpenFlowCodec.Encode(new BarrierRequestMessage { Xid = 7 }) },
            "OFPT_ERROR (xid=0x0): OFPET_BAD_ACTION, code 99\nOFPT_BARRIER_REQUEST (xid=0x7):"
        },
        {
            new ErrorMessage { ErrorType = ErrorType.HelloFailed, Data = "only 1.3\n"u8.ToArray() },
            "OFPT_ERROR (xid=0x0): OFPHFC_INCOMPATIBLE\nonly 1.3\\012"
        },
        {
            new ErrorMessage { ErrorType = ErrorType.BadRequest, Code = 6, Data = new byte[] { 1, 14, 0, 72, 0, 0, 0, 9 } },
            "OFPT_ERROR (xid=0x0): OFPBRC_BAD_LEN\nOFPT_FLOW_MOD (xid=0x9):\n(***truncated to 8 bytes from 72***)\n"
            + "00000000  01 0e 00 48 00 00 00 09-                        |...H....        |"
        },
        {
            new VendorMessage { Xid = 2, Vendor = 0x1234, Data = new byte[] { 0x41, 0 } },
            "OFPT_VENDOR (xid=0x2): vendor=0x00001234\n00000000  41 00                                           |A.              |"
        },
        {
            new PacketInMessage { Reason = (PacketInReason)7, InPort = PortNumber.Local },
            "OFPT_PACKET_IN (xid=0x0): total_len=0 in_port=LOCAL (via 7) data_len=0 (unbuffered)"
        },
        {
            new StatsReplyMessage
            {
                Body = new TableStatsReply { Entries = [new TableStats { Name = "t", Wildcards = 1 | 8 << 8 | 32 << 14 | 1 << 20, MaxEntries = 9 }] },
            },
            "OFPST_TABLE reply (xid=0x0):\n  table 0 (\"t\"):\n    active=0, lookup=0, matched=0\n    max_entries=9\n"
            + "    wildcards: in_port nw_src:8 nw_dst dl_vlan_pcp"
        },
        {
            new QueueGetConfigReplyMessage
            {
                Port = 3, Queues = [new QueueDescription { QueueId = 7, Properties = [new OtherQueueProperty(9, new byte[] { 1, 2 })] }],
            },
            "OFPT_QUEUE_GET_CONFIG_REPLY (xid=0x0): port=3\nqueue 7: property 9:0102"
        },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Of_WhatOpenVSwitchDoesNotPrint_NamesOrNumbersIt(OpenFlowMessage message, string text) =>
        Assert.Equal(text, OpenFlowText.Of(message));

    // Each would hold the next: the text must not grow with the square of the message.
    [Fact]
    public void Of_ErrorInAnErrorInAnError_ShowsTheFirstRequestAlone()
    {
        OpenFlowMessage message = new BarrierRequestMessage();
        for (var depth = 0; depth < 3; depth++)
            message = new ErrorMessage { ErrorType = ErrorType.BadRequest, Data = OpenFlowCodec.Encode(message) };

        Assert.Equal(2, OpenFlowText.Of(message).Split('\n').Count(line => line.StartsWith("OFPT_ERROR", StringComparison.Ordinal)));
    }
}
