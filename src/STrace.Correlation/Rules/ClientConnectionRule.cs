using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins the calls on an outgoing connection to the request for which it was opened, or taken out of a pool, until the answer
/// has been read; reading the answer resumes that request on whatever thread, so that event loops stay apart. What an idle
/// thread sends is a request of its own.
/// </summary>
internal sealed class ClientConnectionRule(ConnectionTable connections) : HostRule
{
    public const string Name = "client-connection";

    public override bool Apply(Attribution attribution, int index)
    {
        HostEvent e = attribution.Event(index);
        if (connections.Of(e) is not { IsServer: false } connection)
            return false;
        Ring ring = attribution.Host.RingOf(index);
        if (e.Operation == Operation.Connect)
            Connect(attribution, index, connection, ring);
        else if (e.Operation.IsSend())
            Send(attribution, index, connection, ring);
        else if (!e.Operation.IsReceive() || !Receive(attribution, index, connection, ring))
            return false;
        connection.LastCall = index;
        return true;
    }

    private static void Connect(Attribution attribution, int index, Connection connection, Ring ring)
    {
        connection.Request = ring.Request != HostTrace.None ? ring.Request : attribution.NewRequest(connection.Channel);
        attribution.TakeByConnection(index, connection.Request);
        if (ring.PendingSocket != HostTrace.None && attribution.Event(ring.PendingSocket).Channel == connection.Channel)
            attribution.Assign(ring.PendingSocket, connection.Request);
        bool failed = attribution.Event(index).Failed;
        if (connection.Start == HostTrace.None && !failed)
            connection.Start = index;
        if (connection.FailedStart == HostTrace.None && failed)
            connection.FailedStart = index;
    }

    private void Send(Attribution attribution, int index, Connection connection, Ring ring)
    {
        // What an idle thread opened and nobody has used yet is there for whoever comes with a request.
        bool pooled = !connection.Asked && connection.Request != HostTrace.None &&
            ring.Request != HostTrace.None && ring.Request != connection.Request &&
            !connections.IsServer(attribution.OriginOf(connection.Request));
        if (connection.Request == HostTrace.None || connection.Answered || pooled)
        {
            // The next exchange on the connection that is a client's own request is its next request.
            bool own = ring.TakenOn == connection.Channel;
            connection.Request = ring.Request == HostTrace.None || own
                ? attribution.NewRequest(connection.Channel)
                : ring.Request;
            connection.LastCall = HostTrace.None;
        }
        Resume(attribution, index, connection, ring);
        HostEvent e = attribution.Event(index);
        if (e.Bytes > 0)
            connection.Turn(asking: true);
        connection.Sent.Add(index, e.Bytes);
    }

    private static bool Receive(Attribution attribution, int index, Connection connection, Ring ring)
    {
        HostEvent e = attribution.Event(index);
        if (e.Errno != 0 || connection.Request == HostTrace.None || (e.Bytes == 0 && connection.Answered))
            return false;
        Resume(attribution, index, connection, ring);
        if (e.Bytes > 0)
            connection.Turn(asking: false);
        if ((e.Flags & EventTraits.Peek) == 0)
            connection.Received.Add(index, e.Bytes);
        return true;
    }

    private static void Resume(Attribution attribution, int index, Connection connection, Ring ring)
    {
        bool resumed = ring.Request != connection.Request;
        attribution.TakeByConnection(index, connection.Request);
        if (resumed && connection.LastCall != HostTrace.None && attribution.Host.RingOf(connection.LastCall) != ring)
            attribution.Link(connection.LastCall, index, EdgeKind.HandOff, Name, $"both on {connection.Channel}");
    }
}
