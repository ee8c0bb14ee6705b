using STrace.Model;

namespace STrace.Correlation;

/// <summary>The packets that one host saw of one connection, from its SYN on where that was captured.</summary>
/// <param name="outgoing">The addresses of what the host sent.</param>
internal sealed class Conversation(string host, FlowTuple outgoing)
{
    private readonly List<CapturedPacket> _packets = [];

    public string Host { get; } = host;
    public FlowTuple Outgoing { get; } = outgoing;

    /// <summary>In time order.</summary>
    public IReadOnlyList<CapturedPacket> Packets => _packets;

    /// <summary>Initial sequence number of what the host sent; null when its beginning was not captured.</summary>
    public uint? OutgoingStart { get; private set; }

    /// <summary>Initial sequence number of what the host received.</summary>
    public uint? IncomingStart { get; private set; }

    public long FirstNs => _packets[0].TimeNs;

    /// <summary>When the last SYN or SYN-ACK was seen.</summary>
    public long LastSynNs { get; private set; }

    /// <summary>The traced end whose packets these are; null when it was not found.</summary>
    public StreamEnd? End { get; set; }

    /// <summary>Some traced call was on a connection with these addresses.</summary>
    public bool Traced { get; set; }

    public uint? Start(bool outgoing) => outgoing ? OutgoingStart : IncomingStart;

    /// <summary>Adds the next packet; false when it begins another connection between the same addresses.</summary>
    public bool TryAdd(CapturedPacket packet)
    {
        bool acknowledges = packet.Flags.HasFlag(TcpMarks.Ack);
        uint acknowledged = unchecked(packet.Acknowledgment - 1);
        if (packet.Flags.HasFlag(TcpMarks.Syn))
        {
            bool headless = _packets.Count > 0 && OutgoingStart is null && IncomingStart is null;
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
            _packets.Count > 0 && _packets[^1].Flags.HasFlag(TcpMarks.Syn) &&
            Start(packet.Outgoing) is { } start && packet.Sequence == unchecked(start + 1) && Start(!packet.Outgoing) is null)
        {
            // Whose SYN-ACK was not captured: this acknowledges it, and nothing else as yet.
            Begin(!packet.Outgoing, acknowledged);
        }
        _packets.Add(packet);
        return true;
    }

    private void Begin(bool outgoing, uint sequence)
    {
        if (outgoing)
            OutgoingStart = sequence;
        else
            IncomingStart = sequence;
    }
}
