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

/// <summary>A join of connection ends that the evidence does not decide.</summary>
internal sealed record EndQuestion(string Reason, IReadOnlyList<string> Choices, IReadOnlyList<ConnectionEnd> Fitting);

/// <summary>One end of a connection, as the global stage knows it.</summary>
/// <param name="start">The connect or accept; of a connection older than the session the first call on it that moved bytes.</param>
internal sealed class ConnectionEnd(Connection connection, Step start, ConnectionKey key, HostProgress host, CorrelationOptions options)
{
    public Connection Connection { get; } = connection;
    public Step Start { get; } = start;
    public ConnectionKey Key { get; } = key;

    /// <summary>It was there before the session, so byte positions count from nobody knows where.</summary>
    public bool IsOlder { get; } = connection.Start is null;
    public bool IsServer => Connection.IsServer;
    public long TimeNs { get; } = start.EffectNs;

    /// <summary>Nobody waits for what happens at it any more.</summary>
    public bool IsLate => host.LateSinceNs is not null;

    public ConnectionPair? Pair { get; set; }

    /// <summary>Of <see cref="Connection.Gaps"/>, how many the pair will be told of, and how many it was.</summary>
    public int PlannedGaps { get; set; }
    public int TakenGaps { get; set; }

    /// <summary>Why it was not joined though something fits, and what fits.</summary>
    public EndQuestion? Question { get; set; }

    /// <summary>By when the first packet of the connection was seen, ns.</summary>
    public long SeenNs(long toleranceNs) => ConversationTable.SeenNs(Start.Event, toleranceNs);

    /// <summary>Whether no counterpart can come any more: who has read an answer was accepted before.</summary>
    public bool IsAlone(long nowNs) => Pair is null && nowNs > AloneNs;

    /// <summary>Whether it may still be given a counterpart that began at the time.</summary>
    public bool IsOpen(long nowNs) => Pair is null && nowNs <= AloneNs;

    /// <summary>Whether nothing more can be learnt of what the request did on it.</summary>
    public bool IsSettled(Request request, long passedNs) => Pair is { } pair ? pair.IsSettled(this, request, passedNs) : IsAlone(passedNs);

    private long AloneNs
    {
        get
        {
            if (IsServer || IsOlder)
                return TimeNs + ConnectionPairing.WindowNs + options.ClockToleranceNs;
            long answeredNs = Connection.FirstReceivedNs is { } receivedNs ? receivedNs + options.ClockToleranceNs : long.MaxValue;
            return Math.Min(answeredNs, TimeNs + options.RequestTimeoutNs);
        }
    }
}
