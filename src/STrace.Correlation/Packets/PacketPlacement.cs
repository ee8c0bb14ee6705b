using STrace.Model;

namespace STrace.Correlation;

/// <summary>A packet under a call, by the call's step.</summary>
internal sealed record PlacedPacket(CapturedPacket Packet, Step Call, bool Retransmission, string? Error);

/// <summary>
/// Puts packets under the calls that they served (figure 6.3 of the dissertation): data under the send that gave, or the receive
/// that took, its first byte; SYN and SYN-ACK under connect or accept; FIN and RST under the call that ended the connection or
/// learned of it. Acknowledgments alone stand nowhere.
/// </summary>
internal sealed class PacketPlacement
{
    public PacketPlacement(IEnumerable<Conversation> conversations)
    {
        foreach (Conversation conversation in conversations)
            Place(conversation);
        Unplaced.Sort((a, b) => PacketOrder.Instance.Compare(a.Packet, b.Packet));
    }

    /// <summary>Under calls that are part of a path.</summary>
    public List<PlacedPacket> Placed { get; } = [];
    public List<UnplacedPacket> Unplaced { get; } = [];

    private void Place(Conversation conversation)
    {
        var calls = new StreamCalls(conversation.End?.Connection.State.Endings ?? []);
        SequenceSpace? outgoing = null, incoming = null;
        foreach (CapturedPacket packet in conversation.Packets)
        {
            uint start = conversation.Start(packet.Outgoing) ?? unchecked(packet.Sequence - 1);
            SequenceSpace space = packet.Outgoing ? outgoing ??= new(start) : incoming ??= new(start);
            long offset = space.Take(packet, out bool again);
            string? reason = null;
            (Step? call, string? error) = packet.PayloadLength > 0
                ? (CallOfBytes(conversation, calls, packet.Outgoing, offset, out reason), null)
                : CallOfMark(conversation, calls, packet);
            if (call?.Request is not null)
                Placed.Add(new PlacedPacket(packet, call, again, error));
            else if (packet.PayloadLength > 0)
                Unplaced.Add(new UnplacedPacket(packet, reason ?? "the request it served is in no path"));
        }
    }

    private static Step? CallOfBytes(Conversation conversation, StreamCalls calls, bool outgoing, long offset, out string? reason)
    {
        reason = null;
        StreamEnd? end = conversation.End;
        if (!conversation.Traced)
            reason = "no traced call on this connection";
        else if (conversation.Start(outgoing) is null)
            reason = "the connection's beginning was not captured";
        else if (end is null)
            reason = "no traced call on this connection (a traced one had the same addresses at another time)";
        else if (end.Opened is null)
            reason = "no traced call opened the connection, so its calls' bytes cannot be counted";
        if (reason is not null)
            return null;

        IReadOnlyList<Piece> ranges = outgoing ? end!.Sent : end!.Received;
        Step? call = Find(ranges, offset);
        if (call is null)
        {
            reason = end.HasGap ? "calls were lost, so which one's bytes these are is not known"
                : outgoing ? "no traced call sent these bytes"
                : calls.Closed ? "no call took these bytes (the connection was closed before they were read)"
                : "no call took these bytes";
        }
        return call;
    }

    private static (Step? Call, string? Error) CallOfMark(Conversation conversation, StreamCalls calls, CapturedPacket packet)
    {
        Step? opened = conversation.End?.Opened;
        if (packet.Flags.HasFlag(TcpMarks.Rst))
        {
            if (packet.Outgoing)
                return (calls.Closing(packet.TimeNs), "reset by this host");
            // An answer to the SYN: a connect that does not wait has returned before it.
            return conversation is { OutgoingStart: not null, IncomingStart: null } && opened is not null
                ? (opened, "connection refused")
                : (calls.FailedBy(packet.TimeNs), "reset by peer");
        }
        if (packet.Flags.HasFlag(TcpMarks.Syn))
            return (opened, null);
        if (packet.Flags.HasFlag(TcpMarks.Fin))
            return (packet.Outgoing ? calls.Finishing(packet.TimeNs) : calls.ReadingEnd(), null);
        return (null, null);
    }

    private static Step? Find(IReadOnlyList<Piece> ranges, long offset)
    {
        int first = ranges.FirstBehind(offset);
        return first < ranges.Count && ranges[first].From <= offset ? ranges[first].Step : null;
    }
}
