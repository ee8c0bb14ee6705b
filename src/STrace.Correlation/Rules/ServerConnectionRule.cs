using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins the calls on an accepted connection to its present request, on whatever thread: reads take it, writes answer it. A read
/// after an answer begins the next request, so that a kept-alive connection has a path for each.
/// </summary>
internal sealed class ServerConnectionRule(ConnectionTable connections) : HostRule
{
    public const string Name = "server-connection";

    public override bool Apply(Attribution attribution, int index)
    {
        HostEvent e = attribution.Event(index);
        if (connections.Of(e) is not { IsServer: true } connection)
            return false;
        bool receive = e.Operation.IsReceive();
        if ((!receive && !e.Operation.IsSend()) || e.Errno != 0)
            return false;
        if (connection.Request == HostTrace.None || (receive && e.Bytes > 0 && connection.Answered))
        {
            if (e.Bytes == 0)
                return false;
            connection.Request = attribution.NewRequest(connection.Channel);
            connection.LastCall = HostTrace.None;
        }

        Ring ring = attribution.Host.RingOf(index);
        bool taken = ring.Request != connection.Request;
        attribution.TakeByConnection(index, connection.Request);
        if (taken && connection.LastCall == connection.Start && connection.Start != HostTrace.None)
            HandOver(attribution.Host.RingOf(connection.Start), ring, connection);
        if (connection.LastCall != HostTrace.None && attribution.Host.RingOf(connection.LastCall) != ring && (receive || taken))
            attribution.Link(connection.LastCall, index, EdgeKind.HandOff, Name, $"both on {connection.Channel}");
        connection.LastCall = index;

        if (e.Bytes > 0)
            connection.Turn(asking: receive);
        if ((e.Flags & EventTraits.Peek) == 0)
            (receive ? connection.Received : connection.Sent).Add(index, e.Bytes);
        return true;
    }

    /// <summary>A thread that only accepts has done its part when a thread of a pool goes on.</summary>
    private static void HandOver(Ring accepter, Ring taker, Connection connection)
    {
        if (accepter != taker && accepter.Request == connection.Request)
            accepter.BecomeIdle();
    }
}
