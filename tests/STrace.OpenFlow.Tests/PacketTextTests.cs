namespace STrace.OpenFlow.Tests;

/// <summary>The line that a PACKET_IN has for its frame; the frames' texts are those of <c>tcpdump -entS</c>, but where a comment says more.</summary>
public sealed class PacketTextTests
{
    private const string Addresses = "000000000002000000000001";
    private const string To2 = "00:00:00:00:00:01 > 00:00:00:00:00:02, ";

    [Theory]
    [InlineData(Addresses + "08004500002800014000400600000a0000010a00000204d20050000000010000000050020fff00000000",
        To2 + "ethertype IPv4 (0x0800), length 54: 10.0.0.1.1234 > 10.0.0.2.80: Flags [S], seq 1, win 4095, length 0")]
    [InlineData(Addresses + "08004500002a00014000400600000a0000010a00000204d20050000000050000000750180fff000000006162",
        To2 + "ethertype IPv4 (0x0800), length 56: 10.0.0.1.1234 > 10.0.0.2.80: Flags [P.], seq 5:7, ack 7, win 4095, length 2")]
    [InlineData(Addresses + "08004500001e00014000401100000a0000010a00000204d21f90000a00006162",
        To2 + "ethertype IPv4 (0x0800), length 44: 10.0.0.1.1234 > 10.0.0.2.8080: UDP, length 2")]
    [InlineData(Addresses + "08004500001d00014000400100000a0000010a000002080000000005000161",
        To2 + "ethertype IPv4 (0x0800), length 43: 10.0.0.1 > 10.0.0.2: ICMP echo request, id 5, seq 1, length 9")]
    [InlineData("ffffffffffff000000000001080600010800060400010000000000010a0000010000000000000a000002",
        "00:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has 10.0.0.2 tell 10.0.0.1, length 28")]
    [InlineData(Addresses + "080600010800060400020000000000010a0000010000000000020a000002",
        To2 + "ethertype ARP (0x0806), length 42: Reply 10.0.0.1 is-at 00:00:00:00:00:01, length 28")]
    [InlineData(Addresses + "81006005080600010800060400010000000000010a0000010000000000000a000002",
        To2 + "ethertype 802.1Q (0x8100), length 46: vlan 5, p 3, ethertype ARP (0x0806), Request who-has 10.0.0.2 tell 10.0.0.1, length 28")]
    [InlineData(Addresses + "86dd6000000000140640fe800000000000000000000000000001fe800000000000000000000000000002"
        + "04d20050000000010000000050020fff00000000",
        To2 + "ethertype IPv6 (0x86dd), length 74: fe80::1.1234 > fe80::2.80: Flags [S], seq 1, win 4095, length 0")]
    // A link's ends.
    [InlineData("0180c200000e00000000000188cc02070400000000000104020731060200780a0361622e0000",
        "00:00:00:00:00:01 > 01:80:c2:00:00:0e, ethertype LLDP (0x88cc), length 38: LLDP, length 24, chassis 00:00:00:00:00:01, port 1, name ab.")]
    // Where in its packet the fragment belongs.
    [InlineData(Addresses + "08004500001c00010005400600000a0000010a0000020102030405060708",
        To2 + "ethertype IPv4 (0x0800), length 42: 10.0.0.1 > 10.0.0.2: ip-proto-6, fragment at 40, length 8")]
    public void Of_Frame_SaysWhatItsHeadersSay(string frame, string line) => Assert.Equal(line, Line(frame));

    [Theory]
    [InlineData(Addresses, "[|ether] " + Addresses)]
    [InlineData(Addresses + "08004500", To2 + "ethertype IPv4 (0x0800), length 16: [|ip]")]
    [InlineData(Addresses + "08004500002800014000400600000a0000010a00000204d20050",
        To2 + "ethertype IPv4 (0x0800), length 38: 10.0.0.1 > 10.0.0.2: [|tcp]")]
    [InlineData(Addresses + "08060001", To2 + "ethertype ARP (0x0806), length 16: [|arp]")]
    [InlineData(Addresses + "88cc02ff", To2 + "ethertype LLDP (0x88cc), length 16: LLDP, length 2 [|lldp]")]
    public void Of_FrameThatIsCutOff_SaysWhere(string frame, string line) => Assert.Equal(line, Line(frame));

    private static string Line(string frame) =>
        OpenFlowText.Of(new PacketInMessage { Data = Convert.FromHexString(frame) }).Split('\n', 2)[1];
}
