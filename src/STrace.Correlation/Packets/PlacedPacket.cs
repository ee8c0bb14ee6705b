using STrace.Model;

namespace STrace.Correlation;

/// <summary>A packet under a call, by the call's step.</summary>
internal sealed record PlacedPacket(CapturedPacket Packet, Step Call, bool Retransmission, string? Error);

/// <summary>The packets of a connection that carry no data: SYN and SYN-ACK under connect or accept; FIN and RST under the call that ended the
/// connection or learned of it. Acknowledgments alone stand nowhere.</summary>
internal static class MarkPackets
{
    /// <summary>Those that stand under a call.</summary>
    public static IEnumerable<PlacedPacket> Of(Connection connection)
    {
        if (connection.Conversation is not { } conversation)
            yield break;
        var calls = new StreamCalls(connection.State.Endings);
        Step? opened = connection.Start ?? connection.FailedStart;
        foreach ((CapturedPacket packet, bool again) in conversation.Marks)
        {
            (Step? call, string? error) = CallOf(packet, conversation, calls, opened);
            if (call is not null)
                yield return new PlacedPacket(packet, call, again, error);
        }
    }

    private static (Step? Call, string? Error) CallOf(CapturedPacket packet, Conversation conversation, StreamCalls calls, Step? opened)
    {
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
        return (packet.Outgoing ? calls.Finishing(packet.TimeNs) : calls.ReadingEnd(), null);
    }
}
