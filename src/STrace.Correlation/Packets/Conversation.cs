using STrace.Model;

namespace STrace.Correlation;

/// <summary>A packet with data, and where in its stream it stands.</summary>
/// <param name="Again">Some of what it carries was seen before.</param>
internal readonly record struct PlacedBytes(CapturedPacket Packet, long Offset, bool Again);

/// <summary>The packets that one host saw of one connection, from its SYN on where that was captured.</summary>
/// <param name="outgoing">The addresses of what the host sent.</param>
internal sealed class Conversation(string host, FlowTuple outgoing)
{
    private SequenceSpace? _out;
    private SequenceSpace? _in;
    private CapturedPacket? _last;

    public string Host { get; } = host;
    public FlowTuple Outgoing { get; } = outgoing;

    /// <summary>Those with data that stand under no call as yet, in time order.</summary>
    public List<PlacedBytes> Waiting { get; } = [];

    /// <summary>SYN, FIN and RST without data, in time order, and whether each was seen before.</summary>
    public List<(CapturedPacket Packet, bool Again)> Marks { get; } = [];

    /// <summary>Initial sequence number of what the host sent; null when its beginning was not captured.</summary>
    public uint? OutgoingStart { get; private set; }

    /// <summary>Initial sequence number of what the host received.</summary>
    public uint? IncomingStart { get; private set; }

    public CapturedPacket First { get; private set; } = null!;
    public long FirstNs => First.TimeNs;
    public long LastNs => _last!.TimeNs;

    /// <summary>When the last SYN or SYN-ACK was seen.</summary>
    public long LastSynNs { get; private set; }

    /// <summary>The traced end whose packets these are; null when it was not found.</summary>
    public Connection? End { get; set; }

    public uint? Start(bool outgoing) => outgoing ? OutgoingStart : IncomingStart;

    /// <summary>Adds the next packet; false when it begins another connection between the same addresses.</summary>
    public bool TryAdd(CapturedPacket packet)
    {
        bool acknowledges = packet.Flags.HasFlag(TcpMarks.Ack);
        uint acknowledged = unchecked(packet.Acknowledgment - 1);
        if (packet.Flags.HasFlag(TcpMarks.Syn))
        {
            bool headless = _last is not null && OutgoingStart is null && IncomingStart is null;
            if (headless || (Start(packet.Outgoing) ?? packet.Sequence) != packet.Sequence)
                return false;
            // A SYN-ACK that acknowledges another SYN is one that was late.
            if (!acknowledges || (Start(!packet.Outgoing) ?? acknowledged) == acknowledged)
            {
                Begin(packet.Outgoing, packet.Sequence);
                if (acknowledges)
                    Begin(!packet.Outgoing, acknowledged);
                LastSynNs = packet.TimeNs;
            }
        }
        else if (acknowledges && !packet.Flags.HasFlag(TcpMarks.Rst) &&
            _last is not null && _last.Flags.HasFlag(TcpMarks.Syn) &&
            Start(packet.Outgoing) is { } start && packet.Sequence == unchecked(start + 1) && Start(!packet.Outgoing) is null)
        {
            // Whose SYN-ACK was not captured: this acknowledges it, and nothing else as yet.
            Begin(!packet.Outgoing, acknowledged);
        }
        First ??= packet;
        _last = packet;
        Take(packet);
        return true;
    }

    private void Take(CapturedPacket packet)
    {
        SequenceSpace space = packet.Outgoing
            ? _out ??= new(OutgoingStart ?? unchecked(packet.Sequence - 1))
            : _in ??= new(IncomingStart ?? unchecked(packet.Sequence - 1));
        long offset = space.Take(packet, out bool again);
        if (packet.PayloadLength > 0)
            Waiting.Add(new PlacedBytes(packet, offset, again));
        else if ((packet.Flags & (TcpMarks.Syn | TcpMarks.Fin | TcpMarks.Rst)) != 0)
            Marks.Add((packet, again));
    }

    private void Begin(bool outgoing, uint sequence)
    {
        if (outgoing)
            OutgoingStart = sequence;
        else
            IncomingStart = sequence;
    }
}
