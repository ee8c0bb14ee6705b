using System.Collections.Concurrent;
using STrace.AgentProtocol;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>Hands on to its followers what comes for the session that records. Any thread; the calls of a host are serialised.</summary>
internal sealed class SessionFeed : ISessionFeed
{
    private readonly Lock _gate = new(); // of a change of the followers
    private volatile ISessionFollower[] _followers = [];
    private volatile Hosts? _session; // null when none records

    private sealed record Hosts(string Name, ConcurrentDictionary<string, Host> All);

    /// <summary>Under its own lock.</summary>
    private sealed class Host
    {
        private readonly Dictionary<Guid, long> _sequences = []; // of the last block that was handed on
        private Guid _agent;
        private long _passedNs;

        public long PassedNs => Interlocked.Read(ref _passedNs);

        /// <returns>How far it has come: what is sent again after a reconnect takes nothing back.</returns>
        public long Pass(Guid agent, long untilNs)
        {
            long passedNs = agent == _agent ? Math.Max(_passedNs, untilNs) : untilNs;
            _agent = agent;
            Interlocked.Exchange(ref _passedNs, passedNs);
            return passedNs;
        }

        public bool IsNew(Guid agent, long sequence)
        {
            bool isNew = sequence > _sequences.GetValueOrDefault(agent);
            if (isNew)
                _sequences[agent] = sequence;
            return isNew;
        }
    }

    public IDisposable Follow(ISessionFollower follower)
    {
        lock (_gate)
            _followers = [.. _followers, follower];
        return new Following(this, follower);
    }

    public long PassedNs(string host) => _session?.All.GetValueOrDefault(host)?.PassedNs ?? 0;

    public void Begin(string session)
    {
        foreach (ISessionFollower follower in _followers)
            follower.Begun(session);
        _session = new Hosts(session, new());
    }

    public void End(string session)
    {
        _session = null;
        foreach (ISessionFollower follower in _followers)
            follower.Ended(session);
    }

    /// <summary>The followers get the block when <paramref name="store"/> has taken it, and before a later one of the host is taken.</summary>
    public void Accept(SessionHost host, BlockFrame block, Action store)
    {
        if (block.Kind == FrameType.Mirrored || Find(block.Session, host.Name) is not { } known)
        {
            store();
            return;
        }
        lock (known)
        {
            store();
            if (!known.IsNew(host.Agent, block.Sequence))
                return;
            foreach (ISessionFollower follower in _followers)
                follower.Block(host.Name, host.Agent, block);
        }
    }

    /// <inheritdoc cref="ISessionFollower.Passed"/>
    public void Passed(SessionHost host, string session, long untilNs, long dropped, bool isLast)
    {
        if (Find(session, host.Name) is not { } known)
            return;
        lock (known)
        {
            long passedNs = known.Pass(host.Agent, untilNs);
            foreach (ISessionFollower follower in _followers)
                follower.Passed(host.Name, host.Agent, passedNs, dropped, isLast);
        }
    }

    public void Gone(string host)
    {
        if (_session?.All.GetValueOrDefault(host) is not { } known)
            return;
        lock (known)
        {
            foreach (ISessionFollower follower in _followers)
                follower.Gone(host);
        }
    }

    private Host? Find(string session, string host) =>
        _session is { } current && current.Name == session ? current.All.GetOrAdd(host, _ => new Host()) : null;

    private sealed class Following(SessionFeed feed, ISessionFollower follower) : IDisposable
    {
        public void Dispose()
        {
            lock (feed._gate)
                feed._followers = [.. feed._followers.Where(f => f != follower)];
        }
    }
}
