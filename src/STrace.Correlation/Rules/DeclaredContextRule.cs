using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// The strongest rule: calls and bytes for which a runtime hook declared the same context serve the same request, that which came
/// in on the connection for which it declared it. The rule leads thread and connection to that request, and the rules behind it go
/// on from there. In a process with a hook a thread works for nobody but whom is declared, or whose connection it uses: an event
/// loop's thread would else work for whoever came last.
/// </summary>
internal sealed class DeclaredContextRule(ConnectionTable connections, IReadOnlyCollection<DeclaredSend> declared) : HostRule
{
    public const string Name = "declared-context";

    private readonly HashSet<(Guid Agent, int Pid)> _hooked = [.. declared.Where(d => d.Context != 0).Select(d => (d.Agent, d.Pid))];
    private readonly Dictionary<DeclaredContext, int> _requests = [];

    /// <summary>For each request that has a context the last call that served it.</summary>
    private readonly Dictionary<int, int> _lastCalls = [];

    private readonly Dictionary<Connection, Unanswered> _unanswered = [];
    private DeclaredBytes? _bytes;

    public override void Prepare(HostEvents host, IReadOnlyList<int> byTime, List<(int Cause, int Effect)> causes)
    {
        _hooked.UnionWith(host.All.Where(e => e.Context != 0).Select(e => (e.Agent, e.Pid)));
        if (_hooked.Count > 0)
            _bytes = new DeclaredBytes(host, byTime, declared);
    }

    public override bool Apply(Attribution attribution, int index)
    {
        HostEvent e = attribution.Event(index);
        if (!_hooked.Contains((e.Agent, e.Pid)))
            return false;
        Connection? connection = connections.Of(e);
        int[] requests = Declared(attribution, index, connection);
        if (requests.Length == 0 && connection is not null)
            requests = OfConnection(e, connection);
        if (requests.Length > 1)
            attribution.Ask(index, "its bytes are of several requests",
                [.. requests.Select(r => $"the request of {attribution.Describe(_lastCalls[r])}")]);

        Ring ring = attribution.Host.RingOf(index);
        if (requests.Length == 0)
        {
            ring.BecomeIdle();
            return false;
        }
        int request = requests[0];
        ring.WorkFor(request);
        if (connection is not null)
            connection.Request = request;
        if (_lastCalls.TryGetValue(request, out int last))
        {
            if (attribution.Host.RingOf(last) != ring)
                attribution.Link(last, index, EdgeKind.HandOff, Name, "for one declared context");
            _lastCalls[request] = index;
        }
        return false;
    }

    /// <summary>Of whom the call is, though nothing is declared of it: of whom the connection is.</summary>
    private int[] OfConnection(HostEvent e, Connection connection)
    {
        bool isReceive = e.Operation.IsReceive();
        if (isReceive && e.Bytes > 0 && _unanswered.TryGetValue(connection, out Unanswered? unanswered))
            return unanswered.Answer(e);
        // A server's receive may bring the next request, and what was declared nowhere is for the connection's own rule to tell.
        bool isOpen = connection.Request == HostTrace.None ||
            (connection.IsServer && isReceive) ||
            (!_lastCalls.ContainsKey(connection.Request) && (isReceive || e.Operation.IsSend()));
        return isOpen ? [] : [connection.Request];
    }

    /// <summary>The requests, each once, for which the call or its bytes were declared.</summary>
    private int[] Declared(Attribution attribution, int index, Connection? connection)
    {
        HostEvent e = attribution.Event(index);
        var requests = new List<int>();
        foreach (DeclaredPart part in _bytes!.PartsOf(index))
        {
            int request = RequestOf(attribution, index, part.Context, connection);
            if (request == HostTrace.None)
                continue;
            requests.Add(request);
            if (connection is { IsServer: false })
                UnansweredOn(connection).Ask(request, e, part);
        }
        var context = new DeclaredContext(e.Agent, e.Pid, e.Context);
        if (requests.Count == 0 && RequestOf(attribution, index, context, connection) is var current and not HostTrace.None)
            requests.Add(current);
        return [.. requests.Distinct()];
    }

    private int RequestOf(Attribution attribution, int index, DeclaredContext context, Connection? connection)
    {
        if (context.Number == 0)
            return HostTrace.None;
        if (_requests.TryGetValue(context, out int known))
            return known;
        int receive = _bytes!.ReceiveOf(context);
        int request = receive == HostTrace.None ? HostTrace.None : attribution.Requests[receive];
        if (request == HostTrace.None || _lastCalls.ContainsKey(request))
        {
            // Its request came in unseen, or in one receive with another.
            Channel? origin = request != HostTrace.None ? attribution.OriginOf(request) : connection?.Channel;
            if (origin is null)
                return HostTrace.None;
            request = attribution.NewRequest(origin);
        }
        _lastCalls[request] = receive != HostTrace.None ? receive : index;
        return _requests[context] = request;
    }

    private Unanswered UnansweredOn(Connection connection)
    {
        if (!_unanswered.TryGetValue(connection, out Unanswered? unanswered))
            _unanswered[connection] = unanswered = new Unanswered();
        return unanswered;
    }
}
