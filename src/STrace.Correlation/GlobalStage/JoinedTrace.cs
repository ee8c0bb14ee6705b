using STrace.Model;

namespace STrace.Correlation;

/// <summary>All hosts' traces under one numbering of events and requests, and what the global stage joined.</summary>
internal sealed class JoinedTrace
{
    private readonly int[] _requests;
    private readonly DisjointSets _same;

    public JoinedTrace(IReadOnlyList<HostTrace> hosts)
    {
        Events = [.. hosts.SelectMany(h => h.Events)];
        _requests = new int[Events.Count];
        int events = 0, requests = 0;
        foreach (HostTrace host in hosts)
        {
            for (int i = 0; i < host.Events.Count; i++)
                _requests[events + i] = host.Requests[i] == HostTrace.None ? HostTrace.None : requests + host.Requests[i];
            int offset = events;
            Links.AddRange(host.Links.Select(l => l with { From = l.From + offset, To = l.To + offset }));
            Questions.AddRange(host.Questions.Select(q => q with { Event = q.Event + offset }));
            Refused.AddRange(host.Refused.Select(r => (r.Event + offset, r.Loss)));
            Ends.AddRange(host.Connections.Select(c => c with
            {
                Start = c.Start + offset,
                Sent = Shift(c.Sent, offset),
                Received = Shift(c.Received, offset),
            }));
            Streams.AddRange(host.Streams.Select(s => s with
            {
                Opened = s.Opened == HostTrace.None ? HostTrace.None : s.Opened + offset,
                Sent = Shift(s.Sent, offset),
                Received = Shift(s.Received, offset),
            }));
            events += host.Events.Count;
            requests += host.RequestCount;
        }
        _same = new DisjointSets(requests);
    }

    /// <summary>By host, agent, ring and sequence.</summary>
    public IReadOnlyList<HostEvent> Events { get; }
    public List<Link> Links { get; } = [];
    public List<OpenQuestion> Questions { get; } = [];
    public List<(int Event, EventLoss Loss)> Refused { get; } = [];
    public List<ConnectionEnd> Ends { get; } = [];
    public List<StreamEnd> Streams { get; } = [];

    /// <summary>Connection ends that were not joined.</summary>
    public List<ConnectionEnd> Unpaired { get; } = [];

    /// <summary>The request of an event as its own host knows it, or <see cref="HostTrace.None"/>.</summary>
    public int RequestOf(int index) => _requests[index];

    /// <summary>Equal for two events exactly when they are known to serve the same request; <see cref="HostTrace.None"/>: none.</summary>
    public int PathOf(int index) => _requests[index] == HostTrace.None ? HostTrace.None : _same.Find(_requests[index]);

    /// <summary>Two events serve one request; no effect when one of them serves none.</summary>
    public void Unite(int a, int b)
    {
        if (_requests[a] != HostTrace.None && _requests[b] != HostTrace.None)
            _same.Unite(_requests[a], _requests[b]);
    }

    public string Describe(int index)
    {
        HostEvent e = Events[index];
        return $"{e.Operation.Name()} on {e.Host} [{e.Tid}/{e.Pid}] #{e.Sequence}";
    }

    private static ByteRange[] Shift(IReadOnlyList<ByteRange> ranges, int offset) =>
        [.. ranges.Select(r => r with { Event = r.Event + offset })];
}
