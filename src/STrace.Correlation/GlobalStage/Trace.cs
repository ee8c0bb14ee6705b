using STrace.Model;

namespace STrace.Correlation;

/// <summary>What two ends of a connection have in common; of a Unix socket the host and path stand for the addresses.</summary>
internal readonly record struct ConnectionKey(FlowTuple Flow, string? UnixSocket)
{
    /// <summary>Null when nothing is known that the other end could know, too.</summary>
    public static ConnectionKey? Of(Connection connection)
    {
        Channel channel = connection.Channel;
        if (channel is { Local: { } local, Peer: { } peer })
        {
            var outgoing = new FlowTuple(channel.Protocol, local, peer);
            return new ConnectionKey(connection.IsServer ? outgoing.Reversed : outgoing, null);
        }
        return channel.Path is { } path ? new ConnectionKey(default, $"{channel.Host}:{path}") : null;
    }
}

/// <summary>One end of a connection.</summary>
/// <param name="Start">The connect or accept; of a connection older than the session the first call on it that moved bytes.</param>
internal sealed record ConnectionEnd(Connection Connection, Step Start, ConnectionKey Key)
{
    /// <summary>It was there before the session, so byte positions count from nobody knows where.</summary>
    public bool IsOlder => Connection.Start is null;
    public bool IsServer => Connection.IsServer;
    public IReadOnlyList<Piece> Sent => Connection.Sent.Pieces;
    public IReadOnlyList<Piece> Received => Connection.Received.Pieces;
}

/// <summary>One end of a TCP connection with the calls that moved its bytes: what the packets at its host are held against.</summary>
internal sealed record StreamEnd(Connection Connection)
{
    public Channel Channel => Connection.Channel;
    public bool IsServer => Connection.IsServer;

    /// <summary>The accept, or the connect even when it failed; null: it was not seen.</summary>
    public Step? Opened => Connection.Start ?? Connection.FailedStart;
    public IReadOnlyList<Piece> Sent => Connection.Sent.Pieces;
    public IReadOnlyList<Piece> Received => Connection.Received.Pieces;

    /// <summary>Calls on it may have been lost: the pieces end where byte positions are no longer known.</summary>
    public bool HasGap => Connection.State.Gap is not null;
}

/// <summary>What the walks through the hosts' events left open, and what the global stage joined.</summary>
internal sealed class Trace
{
    /// <param name="walks">Ended; by host.</param>
    public Trace(IReadOnlyList<HostWalk> walks)
    {
        foreach (HostWalk walk in walks)
        {
            Requests.AddRange(walk.Requests);
            foreach (Connection connection in walk.Connections.All)
            {
                if ((connection.Start ?? FirstUse(connection)) is { } start && ConnectionKey.Of(connection) is { } key)
                    Ends.Add(new ConnectionEnd(connection, start, key));
                if (connection.Channel is { Protocol: FlowTuple.Tcp, Peer: not null })
                    Streams.Add(new StreamEnd(connection));
            }
        }
    }

    public List<Request> Requests { get; } = [];
    public List<ConnectionEnd> Ends { get; } = [];
    public List<StreamEnd> Streams { get; } = [];

    /// <summary>Connection ends that were not joined.</summary>
    public List<ConnectionEnd> Unpaired { get; } = [];

    /// <summary>Of a connection that was there before; a connect that failed makes none.</summary>
    private static Step? FirstUse(Connection connection)
    {
        if (connection.FailedStart is not null)
            return null;
        Step? sent = connection.Sent.Pieces.Count > 0 ? connection.Sent.Pieces[0].Step : null;
        Step? received = connection.Received.Pieces.Count > 0 ? connection.Received.Pieces[0].Step : null;
        return sent is null || (received is not null && received.Event.EffectNs < sent.Event.EffectNs) ? received : sent;
    }

    /// <summary>Two steps serve one request; no effect when one of them serves none.</summary>
    public static void Unite(Step a, Step b)
    {
        if (a.Request is { } request && b.Request is { } other)
            request.Unite(other);
    }
}

/// <summary>By host, agent, thread and the thread's own order: the same whatever the order of arrival.</summary>
internal sealed class StepOrder : IComparer<Step>
{
    public static readonly StepOrder Instance = new();

    public int Compare(Step? x, Step? y)
    {
        (Step a, Step b) = (x!, y!);
        int order = a.Ring == b.Ring ? 0 : string.CompareOrdinal(a.Event.Host, b.Event.Host);
        if (order == 0 && a.Ring != b.Ring)
            order = a.Event.Agent.CompareTo(b.Event.Agent);
        if (order == 0 && a.Ring != b.Ring)
            order = a.Event.Ring.CompareTo(b.Event.Ring);
        return order != 0 ? order : a.Event.Sequence.CompareTo(b.Event.Sequence);
    }
}
