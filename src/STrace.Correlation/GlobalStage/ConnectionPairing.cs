using STrace.Model;

namespace STrace.Correlation;

/// <summary>Two ends of one connection.</summary>
/// <param name="First">Of a connection older than the session: the numbers of the first exchange that both ends saw; else null.</param>
internal sealed record ConnectionPair(ConnectionEnd Client, ConnectionEnd Server, (int Client, int Server)? First = null);

/// <summary>
/// Joins connect and accept of one connection: equal addresses on both ends (figure 5.7 of the dissertation), in time order where
/// the addresses were used again.
/// </summary>
internal sealed class ConnectionPairing(Trace trace, long toleranceNs)
{
    public const string Name = "connection";

    private readonly HashSet<ConnectionEnd> _paired = new(ReferenceEqualityComparer.Instance);

    public List<ConnectionPair> Pairs { get; } = [];
    public IEnumerable<ConnectionEnd> Unpaired => trace.Ends.Where(e => !IsPaired(e));

    public bool IsPaired(ConnectionEnd end) => _paired.Contains(end);

    public void PairByAddresses()
    {
        foreach (var group in trace.Ends.GroupBy(e => e.Key))
        {
            if (group.Key.UnixSocket is not { } path)
                PairInTime(group, group.Key.Flow);
            else if (group.All(e => ClientPid(e) != 0))
                foreach (var ofClient in group.GroupBy(ClientPid))
                    PairIfAllSeen(ofClient, $"{path}, opened by process {ofClient.Key}");
            else
                PairIfAllSeen(group, path);
        }
    }

    /// <summary>The kernel tells the accepting side of a Unix socket which process connected.</summary>
    private int ClientPid(ConnectionEnd end) =>
        end.IsServer ? end.Start.Event.Channel!.PeerPid : end.Start.Event.Pid;

    /// <summary>Connections that only their order tells apart.</summary>
    private void PairIfAllSeen(IEnumerable<ConnectionEnd> ends, string evidence)
    {
        ILookup<bool, ConnectionEnd> sides = ends.ToLookup(e => e.IsServer);
        if (sides[true].Count() == sides[false].Count())
            PairInTime(ends, evidence);
    }

    private void PairInTime(IEnumerable<ConnectionEnd> ends, object evidence)
    {
        ILookup<bool, ConnectionEnd> sides = ends.ToLookup(e => e.IsServer);
        foreach ((ConnectionEnd client, ConnectionEnd server) in InTime(sides[false], sides[true]))
            Pair(client, server, new Link(client.Start, EdgeKind.Connection, Name, new Evidence("{0}", evidence)));
    }

    /// <summary>The pairs that connects and accepts of one address pair can have made.</summary>
    public IEnumerable<(ConnectionEnd Client, ConnectionEnd Server)> InTime(
        IEnumerable<ConnectionEnd> connects, IEnumerable<ConnectionEnd> accepts) =>
        TimePairing.Pair(InOrder(connects), TimeNs, InOrder(accepts), TimeNs, toleranceNs);

    /// <param name="link">From the connect to the accept.</param>
    public void Pair(ConnectionEnd client, ConnectionEnd server, Link link)
    {
        _paired.Add(client);
        _paired.Add(server);
        if (client.IsOlder || server.IsOlder)
        {
            if (OlderStream.FirstCommon(client, server) is { } first)
                Pairs.Add(new ConnectionPair(client, server, first));
            else
                Refuse(client, server);
            return;
        }
        Pairs.Add(new ConnectionPair(client, server));
        server.Start.CausedBy(link);
        // A connection that was opened for one request (to fill a pool) and first used by another: the accept is the user's.
        if (client.Sent.Count == 0 || client.Sent[0].Step.Request == client.Start.Request)
            Trace.Unite(client.Start, server.Start);
    }

    private static void Refuse(ConnectionEnd client, ConnectionEnd server)
    {
        foreach (Piece piece in client.Received.Concat(server.Received))
            piece.Step.Ask("the connection is older than the session, and where its messages begin cannot be told", []);
    }

    private static ConnectionEnd[] InOrder(IEnumerable<ConnectionEnd> ends) => [.. ends.OrderBy(TimeNs).ThenBy(e => e.Start, StepOrder.Instance)];

    private static long TimeNs(ConnectionEnd end) => end.Start.Event.EffectNs;
}
