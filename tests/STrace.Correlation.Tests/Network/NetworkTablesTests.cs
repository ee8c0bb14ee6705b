using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class NetworkTablesTests
{
    private static readonly PacketFields Packet =
        new(3, 0x0a, 0x0b, new FlowTuple(FlowTuple.Tcp, Endpoint.Parse("10.1.2.3:4000"), Endpoint.Parse("10.9.8.7:80"))) { Tos = 0xb8 };

    public static TheoryData<FlowMatch, bool> Matches => new()
    {
        { new FlowMatch(), true },
        { new FlowMatch(InPort: 3), true },
        { new FlowMatch(InPort: 4), false },
        { new FlowMatch(DlSrc: 0x0a, DlDst: 0x0b), true },
        { new FlowMatch(DlSrc: 0x0b), false },
        { new FlowMatch(DlType: 0x0800), true },
        { new FlowMatch(DlType: 0x0806), false },
        { new FlowMatch(Vlan: PacketFields.Untagged), true },
        { new FlowMatch(Vlan: 0), false },
        { new FlowMatch(Tos: 0xb8), true },
        { new FlowMatch(Tos: 0), false },
        { new FlowMatch(Protocol: FlowTuple.Udp), false },
        { new FlowMatch(Source: new IpPrefix(IpAddress.Parse("10.1.0.0"), 16)), true },
        { new FlowMatch(Source: new IpPrefix(IpAddress.Parse("10.2.0.0"), 16)), false },
        { new FlowMatch(Destination: new IpPrefix(IpAddress.Parse("10.9.8.7"), 32), DestinationPort: 80), true },
        { new FlowMatch(SourcePort: 80), false },
    };

    [Theory]
    [MemberData(nameof(Matches))]
    public void RuleFor_AMatch_TakesWhatItCovers(FlowMatch match, bool takes) =>
        Assert.Equal(takes, new NetworkTables([Rule(match, 1, 0, null)]).RuleFor(1, Packet, 5).Rule is not null);

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    [InlineData(19, true)]
    [InlineData(20, false)]
    public void RuleFor_ATime_IsWithinTheRulesLife(long timeNs, bool stands)
    {
        RuleLookup found = new NetworkTables([Rule(new FlowMatch(), 1, 10, 20)]).RuleFor(1, Packet, timeNs);
        Assert.Equal(stands, found.Rule is not null);
        Assert.True(found.FromNs <= timeNs && timeNs < found.UntilNs);
    }

    [Fact]
    public void RuleFor_AnotherSwitch_IsNone() => Assert.Null(new NetworkTables([Rule(new FlowMatch(), 1, 0, null)]).RuleFor(2, Packet, 5).Rule);

    [Fact]
    public void RuleFor_SamePriorityAndActions_IsNoTie()
    {
        RuleLookup found = new NetworkTables([Rule(new FlowMatch(), 1, 0, null), Rule(new FlowMatch(InPort: 3), 1, 0, null)]).RuleFor(1, Packet, 5);
        Assert.Equal((true, false), (found.Rule is not null, found.Tied));
    }

    [Fact]
    public void RuleFor_RandomTables_AgreesWithLookingAtEveryRule()
    {
        var random = new Random(1);
        for (int round = 0; round < 200; round++)
        {
            // One rule at a time with the same match and priority, as in a switch.
            FlowRule[] rules = [.. Enumerable.Range(0, 40).Select(_ => RandomRule(random)).DistinctBy(r => (r.Fields, r.Priority))];
            var tables = new NetworkTables(rules);
            for (int i = 0; i < 20; i++)
            {
                var packet = new PacketFields((uint)random.Next(2), (ulong)random.Next(2), (ulong)random.Next(2), new FlowTuple(
                    FlowTuple.Tcp, new Endpoint(IpAddress.FromV4((uint)random.Next(4)), 1), new Endpoint(IpAddress.FromV4(9), (ushort)random.Next(2))));
                long timeNs = random.Next(30);
                FlowRule[] standing = [.. rules.Where(r => r.InstalledNs <= timeNs && timeNs < (r.RemovedNs ?? long.MaxValue) && Covers(r.Fields, packet))];
                FlowRule[] best = [.. standing.Where(r => r.Priority == standing.Max(s => s.Priority))];

                RuleLookup found = tables.RuleFor(1, packet, timeNs);

                Assert.Equal((best.Length == 0, best.Length > 1), (found.Rule is null, found.Tied));
                Assert.True(found.Rule is null || best.Contains(found.Rule));
            }
        }
    }

    private static FlowRule RandomRule(Random random)
    {
        long installedNs = random.Next(25);
        var match = new FlowMatch(
            InPort: Maybe((uint)random.Next(2)), DlSrc: Maybe((ulong)random.Next(2)),
            Source: random.Next(3) switch
            {
                0 => null,
                1 => new IpPrefix(IpAddress.FromV4((uint)random.Next(4)), 32),
                _ => new IpPrefix(IpAddress.FromV4(2 * (uint)random.Next(2)), 31),
            },
            DestinationPort: Maybe((ushort)random.Next(2)));
        return Rule(match, random.Next(4), installedNs, random.Next(2) == 0 ? null : installedNs + random.Next(1, 9), $"{random.Next()}");

        T? Maybe<T>(T value)
            where T : struct => random.Next(2) == 0 ? null : value;
    }

    private static bool Covers(FlowMatch match, PacketFields packet) =>
        (match.InPort is null || match.InPort == packet.InPort) && (match.DlSrc is null || match.DlSrc == packet.DlSrc) &&
        (match.Source is null || match.Source.Value.Contains(packet.Flow.Source.Address)) &&
        (match.DestinationPort is null || match.DestinationPort == packet.Flow.Destination.Port);

    private static FlowRule Rule(FlowMatch match, int priority, long installedNs, long? removedNs, string actions = "") => new()
    {
        Dpid = 1,
        Priority = priority,
        Cookie = 0,
        Fields = match,
        Steps = [],
        InstalledNs = installedNs,
        RemovedNs = removedNs,
        Match = match.ToString(),
        Actions = actions,
    };
}
