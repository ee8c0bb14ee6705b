using STrace.OpenFlow;

namespace STrace.Fuzz;

/// <summary>Valid messages of every type, the same for the same seed.</summary>
/// <param name="seed">Which messages.</param>
internal sealed class RandomMessages(int seed)
{
    private const int LongPayload = 20_000;

    private readonly RandomParts _parts = new(new Random(seed));

    /// <summary>The next message, as bytes. Fields that its match leaves free may hold anything, as those of real peers do.</summary>
    public byte[] Next(uint xid)
    {
        var frame = OpenFlowCodec.Encode(Message() with { Xid = xid });
        if (_parts.OneIn(3))
            MatchLitter.Add(frame, _parts.Random);
        return frame;
    }

    private OpenFlowMessage Message() => _parts.Random.Next(30) switch
    {
        0 => _parts.Hello(),
        1 => _parts.Error(),
        2 => new EchoRequestMessage { Data = Payload() },
        3 => new EchoReplyMessage { Data = Payload() },
        4 => new VendorMessage { Vendor = 0x1234, Data = _parts.Bytes(40) },
        5 => new FeaturesRequestMessage(),
        6 => Features(),
        7 => new GetConfigRequestMessage(),
        8 => new GetConfigReplyMessage { Fragments = (FragmentHandling)_parts.Random.Next(3), MissSendLength = _parts.Number16() },
        9 => new SetConfigMessage { Fragments = (FragmentHandling)_parts.Random.Next(3), MissSendLength = _parts.Number16() },
        10 or 11 => PacketIn(),
        12 => FlowRemoved(),
        13 => new PortStatusMessage { Reason = (PortStatusReason)_parts.Random.Next(3), Port = _parts.PortDescription(_parts.Port()) },
        14 or 15 => PacketOut(),
        16 or 17 or 18 or 19 => FlowMod(),
        20 => PortMod(),
        21 => new StatsRequestMessage { Body = _parts.StatsRequest() },
        22 or 23 or 24 => new StatsReplyMessage { Flags = (StatsReplyFlags)_parts.Random.Next(2), Body = _parts.StatsReply() },
        25 => new BarrierRequestMessage(),
        26 => new BarrierReplyMessage(),
        27 => new QueueGetConfigRequestMessage { Port = _parts.PhysicalPort() },
        28 => new QueueGetConfigReplyMessage { Port = _parts.PhysicalPort(), Queues = _parts.List(3, _parts.Queue) },
        _ => RandomNicira.Message(_parts).ToVendorMessage(0),
    };

    private byte[] Payload() => _parts.Bytes(_parts.OneIn(200) ? LongPayload : 60);

    private FeaturesReplyMessage Features()
    {
        ushort port = 0;
        return new()
        {
            DatapathId = _parts.Number64(),
            Buffers = _parts.Number32(),
            Tables = (byte)_parts.Random.Next(256),
            Capabilities = (Capabilities)_parts.Random.Next(256) & ~Capabilities.Reserved,
            SupportedActions = (uint)_parts.Random.Next(0x1000),
            // Ascending, as Open vSwitch prints them sorted.
            Ports = _parts.List(5, () => _parts.PortDescription(port += (ushort)_parts.Random.Next(1, 100))),
        };
    }

    private PacketInMessage PacketIn()
    {
        var data = _parts.Frame();
        var buffered = _parts.OneIn(3);
        return new()
        {
            BufferId = buffered ? _parts.Number32() & 0x7fffffff : OpenFlowConstants.NoBuffer,
            TotalLength = (ushort)(data.Length + (buffered ? 10 : 0)),
            InPort = _parts.Port(),
            Reason = (PacketInReason)_parts.Random.Next(2),
            Data = data,
        };
    }

    private PacketOutMessage PacketOut()
    {
        var buffered = _parts.OneIn(3);
        return new()
        {
            BufferId = buffered ? _parts.Number32() & 0x7fffffff : OpenFlowConstants.NoBuffer,
            InPort = _parts.OneIn(2) ? PortNumber.None : _parts.PhysicalPort(),
            Actions = _parts.Actions(Match.Any),
            Data = buffered ? Array.Empty<byte>() : _parts.Frame(),
        };
    }

    private FlowModMessage FlowMod()
    {
        var match = _parts.Match();
        return new()
        {
            Match = match,
            Cookie = _parts.OneIn(4) ? 0 : _parts.Number64(),
            Command = (FlowModCommand)_parts.Random.Next(5),
            IdleTimeoutSeconds = _parts.Small16(),
            HardTimeoutSeconds = _parts.Small16(),
            Priority = _parts.Priority(),
            BufferId = _parts.OneIn(5) ? _parts.Number32() & 0x7fffffff : OpenFlowConstants.NoBuffer,
            OutPort = _parts.OneIn(4) ? _parts.PhysicalPort() : PortNumber.None,
            Flags = (FlowModFlags)_parts.Random.Next(4),
            Actions = _parts.Actions(match),
        };
    }

    private FlowRemovedMessage FlowRemoved() => new()
    {
        Match = _parts.Match(),
        Cookie = _parts.Number64(),
        Priority = _parts.Priority(),
        Reason = (FlowRemovedReason)_parts.Random.Next(3),
        DurationSeconds = _parts.Number32(),
        DurationNanoseconds = _parts.Nanoseconds(),
        IdleTimeoutSeconds = _parts.Number16(),
        PacketCount = _parts.Number64(),
        ByteCount = _parts.Number64(),
    };

    private PortModMessage PortMod() => new()
    {
        Port = _parts.PhysicalPort(),
        HardwareAddress = _parts.Mac(),
        Config = _parts.Config(),
        Mask = _parts.Config(),
        Advertise = _parts.Features(),
    };
}
