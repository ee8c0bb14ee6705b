using STrace.Model;

namespace STrace.Correlation;

/// <summary>The result of the host stage while it grows: which event serves which request, and what caused what.</summary>
internal sealed class Attribution(HostEvents host)
{
    private readonly int[] _requests = [.. Enumerable.Repeat(HostTrace.None, host.All.Length)];
    private readonly List<Channel> _origins = [];
    private readonly Dictionary<Channel, List<Ring>> _takers = [];
    private readonly List<Link> _links = [];
    private readonly List<OpenQuestion> _questions = [];

    public HostEvents Host { get; } = host;
    public IReadOnlyList<int> Requests => _requests;
    public int RequestCount => _origins.Count;
    public IReadOnlyList<Link> Links => _links;
    public IReadOnlyList<OpenQuestion> Questions => _questions;

    public HostEvent Event(int index) => Host.All[index];

    /// <param name="origin">The connection on which the request came in or went out: its close ends the work for it.</param>
    public int NewRequest(Channel origin)
    {
        _origins.Add(origin);
        return _origins.Count - 1;
    }

    public Channel OriginOf(int request) => _origins[request];

    /// <summary>The event serves the request; its thread's context stays what it is.</summary>
    public void Assign(int index, int request) => _requests[index] = request;

    /// <summary>The event serves the request, and so does its thread until it takes another or closes the request's connection.</summary>
    public void TakeByConnection(int index, int request) => Take(index, request, _origins[request]);

    /// <summary>The event serves the request, and so does its thread until it takes another.</summary>
    public void TakeByIpc(int index, int request) => Take(index, request, null);

    /// <summary>The process has closed the connection: none of its threads that took their request on it works on.</summary>
    public void EndWorkOn(Channel connection, int pid)
    {
        if (!_takers.TryGetValue(connection, out List<Ring>? takers))
            return;
        foreach (Ring ring in takers.Where(r => r.TakenOn == connection && Event(r.First).Pid == pid))
            ring.BecomeIdle();
        takers.RemoveAll(r => r.TakenOn != connection);
    }

    public void Link(int from, int to, EdgeKind kind, string rule, string evidence) =>
        _links.Add(new Link(from, to, kind, rule, evidence));

    public void Ask(int index, string reason, IReadOnlyList<string> choices) =>
        _questions.Add(new OpenQuestion(index, reason, choices));

    /// <summary>A call as a person finds it again: <c>write [2021/1970] #4</c>.</summary>
    public string Describe(int index)
    {
        HostEvent e = Event(index);
        return $"{e.Operation.Name()} [{e.Tid}/{e.Pid}] #{e.Sequence}";
    }

    private void Take(int index, int request, Channel? endsWith)
    {
        Assign(index, request);
        Ring ring = Host.RingOf(index);
        if (ring.Request == request)
            return;
        ring.Request = request;
        ring.TakenOn = endsWith;
        if (endsWith is null)
            return;
        if (!_takers.TryGetValue(endsWith, out List<Ring>? takers))
            _takers[endsWith] = takers = [];
        takers.Add(ring);
    }
}
