using STrace.OpenFlow;

namespace STrace.Control.Tests;

public sealed class RuleTableTests
{
    private const long SecondNs = 1_000_000_000;
    private static readonly FlowModCommand[] Commands =
        [FlowModCommand.Add, FlowModCommand.Add, FlowModCommand.Add, FlowModCommand.Modify, FlowModCommand.DeleteStrict, FlowModCommand.Delete];

    /// <summary>Few values a field, so that rules replace, overlap and cover each other; some of the rules time out.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Covering_RandomRules_AreThoseThatAPlainScanFinds(int seed)
    {
        var random = new Random(seed);
        var table = new RuleTable();
        var found = 0;
        for (uint xid = 1; xid <= 500; xid++)
        {
            table.Apply(Rule(random, xid), xid * SecondNs);
            if (random.Next(10) == 0)
                table.Undo(new ErrorMessage { Xid = xid, Data = new byte[] { 1, (byte)MessageType.FlowMod } });

            var packet = Packet(random);
            var scanned = table.All.Where(rule => table.IsStanding(rule) && MatchMeaning.CoversHeaders(rule.Match, packet)).ToHashSet();
            Assert.Equal(scanned, table.Covering(packet).ToHashSet());
            found += scanned.Count;
        }
        Assert.True(found > 500, $"{found} found");
    }

    private static FlowModMessage Rule(Random random, uint xid)
    {
        var packet = Packet(random);
        return new FlowModMessage
        {
            Xid = xid,
            Command = Commands[random.Next(Commands.Length)],
            Priority = (ushort)random.Next(2),
            HardTimeoutSeconds = (ushort)(random.Next(4) * 40),
            Actions = [new OutputAction(1)],
            Match = new Match
            {
                InPort = random.Next(2) == 0 ? (ushort)1 : null,
                DlSrc = random.Next(2) == 0 ? packet.DlSrc : null,
                DlVlan = random.Next(4) == 0 ? packet.DlVlan : null,
                DlType = packet.DlType,
                NwProto = random.Next(2) == 0 ? packet.NwProto : null,
                NwSrc = random.Next(2) == 0 ? packet.NwSrc : null,
                NwSrcPrefixLength = random.Next(2) == 0 ? 32 : 24,
                NwDst = random.Next(2) == 0 ? packet.NwDst : null,
                NwDstPrefixLength = random.Next(2) == 0 ? 32 : 31,
                TpDst = random.Next(2) == 0 ? packet.TpDst : null,
            },
        };
    }

    /// <summary>Some are ARP, which has no ports.</summary>
    private static Match Packet(Random random) => MatchMeaning.Normalise(new Match
    {
        DlSrc = MacAddress.Parse($"00:00:00:00:00:0{random.Next(3)}"),
        DlDst = MacAddress.Parse("00:00:00:00:00:0f"),
        DlVlan = OpenFlowConstants.VlanNone,
        DlType = random.Next(4) == 0 ? Protocols.EtherArp : Protocols.EtherIpv4,
        NwTos = 0,
        NwProto = random.Next(2) == 0 ? Protocols.Tcp : Protocols.Udp,
        NwSrc = Ipv4Address.Parse($"10.0.{random.Next(2)}.{random.Next(3)}"),
        NwDst = Ipv4Address.Parse($"10.0.0.{random.Next(4)}"),
        TpSrc = 40000,
        TpDst = (ushort)(80 + random.Next(2)),
    });
}
