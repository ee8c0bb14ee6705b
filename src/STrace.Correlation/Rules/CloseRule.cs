using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Ends a thread's work for a request when it closes the connection on which it took it; the close is the last call (table 5.1 of
/// the dissertation). The close of another accepted connection belongs to that connection's request: a busy thread may do it.
/// </summary>
internal sealed class CloseRule(ConnectionTable connections) : HostRule
{
    public const string Name = "close";

    public override bool Apply(Attribution attribution, int index)
    {
        HostEvent e = attribution.Event(index);
        Ring ring = attribution.Host.RingOf(index);
        if (!e.Operation.IsClose() || e.Channel is null || ring.Request == HostTrace.None)
            return false;
        int request = ring.Request;
        if (connections.Of(e) is { IsServer: true, Request: not HostTrace.None } connection && connection.Request != request)
        {
            request = connection.Request;
            if (attribution.Host.RingOf(connection.LastCall) != ring)
                attribution.Link(connection.LastCall, index, EdgeKind.HandOff, Name, $"both on {connection.Channel}");
        }
        attribution.Assign(index, request);
        if (ring.TakenOn == e.Channel)
            (ring.Request, ring.TakenOn) = (HostTrace.None, null);
        return true;
    }
}
