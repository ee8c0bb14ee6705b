using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Ends the threads' work for a request when their process closes the connection on which they took it; the close is the last
/// call (table 5.1 of the dissertation). The close of another accepted connection belongs to that connection's request: a busy
/// thread may do it.
/// </summary>
internal sealed class CloseRule(ConnectionTable connections) : HostRule
{
    public const string Name = "close";

    /// <summary>How many descriptors of a channel a process has beside the first.</summary>
    private readonly Dictionary<(Channel, int Pid), int> _duplicates = [];

    public override bool Apply(Attribution attribution, int index)
    {
        HostEvent e = attribution.Event(index);
        if (e.Channel is { } duplicated && e.Errno == 0 &&
            e.Operation is Operation.Dup or Operation.Dup2 or Operation.Dup3 or Operation.FcntlDupfd)
        {
            _duplicates[(duplicated, e.Pid)] = _duplicates.GetValueOrDefault((duplicated, e.Pid)) + 1;
        }
        if (!e.Operation.IsClose() || e.Channel is null)
            return false;
        bool served = Serve(attribution, index, e);
        if (_duplicates.TryGetValue((e.Channel, e.Pid), out int more) && more > 0)
            _duplicates[(e.Channel, e.Pid)] = more - 1;
        else
            attribution.EndWorkOn(e.Channel, e.Pid);
        return served;
    }

    private bool Serve(Attribution attribution, int index, HostEvent e)
    {
        Ring ring = attribution.Host.RingOf(index);
        if (ring.Request == HostTrace.None)
            return false;
        int request = ring.Request;
        if (connections.Of(e) is { IsServer: true, Request: not HostTrace.None } connection && connection.Request != request)
        {
            request = connection.Request;
            if (attribution.Host.RingOf(connection.LastCall) != ring)
                attribution.Link(connection.LastCall, index, EdgeKind.HandOff, Name, $"both on {connection.Channel}");
        }
        attribution.Assign(index, request);
        return true;
    }
}
