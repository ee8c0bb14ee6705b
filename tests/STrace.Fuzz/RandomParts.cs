using STrace.OpenFlow;

namespace STrace.Fuzz;

/// <summary>What random messages are made of. Everything is something that a switch may send or take: out of it Open vSwitch reads the same.</summary>
/// <param name="random">The source of all choices.</param>
internal sealed partial class RandomParts(Random random)
{
    private const ushort FirstReserved = PortNumber.Max;

    public Random Random => random;

    public bool OneIn(int count) => random.Next(count) == 0;

    public ushort Number16() => (ushort)random.Next(0x10000);

    /// <summary>Zero half the time.</summary>
    public ushort Small16() => OneIn(2) ? (ushort)0 : Number16();

    public uint Number32() => (uint)random.NextInt64(0x1_0000_0000);

    public ulong Number64() => OneIn(10) ? ulong.MaxValue : OneIn(2) ? Number32() : (ulong)random.NextInt64();

    public uint Nanoseconds() => OneIn(4) ? 0 : (uint)random.Next(1_000_000_000);

    public ushort Priority() => OneIn(4) ? OpenFlowConstants.DefaultPriority : Number16();

    public MacAddress Mac() => new((ulong)random.NextInt64(1L << 48));

    public Ipv4Address Ip() => new(Number32());

    public ushort PhysicalPort() => (ushort)random.Next(1, OneIn(2) ? 50 : FirstReserved);

    public ushort Port() => OneIn(8) ? PortNumber.Local : PhysicalPort();

    public byte[] Bytes(int most)
    {
        var bytes = new byte[random.Next(most + 1)];
        random.NextBytes(bytes);
        return bytes;
    }

    public List<T> List<T>(int most, Func<T> make)
    {
        var list = new List<T>();
        for (var count = random.Next(most + 1); count > 0; count--)
            list.Add(make());
        return list;
    }

    public string Text(int most)
    {
        const string letters = "abcdefghijklmnopqrstuvwxyz0123456789-._ ";
        return new string([.. List(most, () => letters[random.Next(letters.Length)])]);
    }

    public PortConfig Config() => (PortConfig)random.Next(0x80);

    public PortFeatures Features() => OneIn(3) ? PortFeatures.None : (PortFeatures)random.Next(0x1000);

    public PortDescription PortDescription(ushort number) => new()
    {
        Number = number,
        HardwareAddress = Mac(),
        Name = "p" + Text(13),
        Config = Config(),
        State = (PortState)(random.Next(2) | random.Next(4) << 8),
        Current = Features(),
        Advertised = Features(),
        Supported = Features(),
        Peer = Features(),
    };

    public QueueDescription Queue() => new()
    {
        QueueId = Number32(),
        Properties = OneIn(3) ? [] : [new MinimumRateQueueProperty((ushort)random.Next(1100))],
    };

    public HelloMessage Hello() => OneIn(2)
        ? new HelloMessage()
        : new HelloMessage { Version = 6, Body = OneIn(2) ? Array.Empty<byte>() : [0, 1, 0, 8, 0, 0, 0, (byte)(random.Next(1, 64) << 1)] };

    public ErrorMessage Error()
    {
        int[] codes = [2, 9, 9, 6, 2, 3]; // how many each type has
        var type = random.Next(codes.Length);
        // Long enough that nobody takes it for a whole message.
        byte[] request = [1, (byte)MessageType.FlowMod, 0, 200, 0xde, 0xad, 0xbe, 0xef, .. Bytes(56)];
        return new ErrorMessage { ErrorType = (ErrorType)type, Code = (ushort)random.Next(codes[type]), Data = request };
    }

    /// <summary>A match whose fields all count: Open vSwitch leaves out those that others do not allow.</summary>
    public Match Match()
    {
        var match = new Match
        {
            InPort = OneIn(2) ? Port() : null,
            DlSrc = OneIn(3) ? Mac() : null,
            DlDst = OneIn(3) ? Mac() : null,
            DlVlan = OneIn(4) ? (OneIn(3) ? OpenFlowConstants.VlanNone : (ushort)random.Next(4096)) : null,
        };
        if (match.DlVlan != OpenFlowConstants.VlanNone && OneIn(4))
            match = match with { DlVlanPcp = (byte)random.Next(8) };
        return random.Next(5) switch
        {
            0 => match,
            1 => match with { DlType = (ushort)random.Next(0x8900, 0x8940) },
            2 => Addresses(match with { DlType = 0x0806, NwProto = OneIn(2) ? (byte)random.Next(1, 3) : null }),
            3 => Addresses(match with { DlType = 0x0800, NwProto = OneIn(2) ? (byte)random.Next(20, 130) : null, NwTos = Tos() }),
            _ => Addresses(Transport(match with { DlType = 0x0800, NwTos = Tos() })),
        };
    }

    private byte? Tos() => OneIn(4) ? (byte)(random.Next(64) << 2) : null;

    private Match Transport(Match match)
    {
        byte[] protocols = [1, 6, 17, 132];
        var protocol = protocols[random.Next(protocols.Length)];
        var most = protocol == 1 ? 0x100 : 0x10000; // ICMP's type and code are bytes
        return match with
        {
            NwProto = protocol,
            TpSrc = OneIn(2) ? (ushort)random.Next(most) : null,
            TpDst = OneIn(2) ? (ushort)random.Next(most) : null,
        };
    }

    private Match Addresses(Match match)
    {
        var (sourceLength, destinationLength) = (PrefixLength(), PrefixLength());
        return match with
        {
            NwSrc = OneIn(2) ? Ip().Mask(sourceLength) : null,
            NwSrcPrefixLength = sourceLength,
            NwDst = OneIn(2) ? Ip().Mask(destinationLength) : null,
            NwDstPrefixLength = destinationLength,
        };
    }

    private int PrefixLength() => OneIn(2) ? STrace.OpenFlow.Match.FullPrefixLength : random.Next(1, STrace.OpenFlow.Match.FullPrefixLength);
}
