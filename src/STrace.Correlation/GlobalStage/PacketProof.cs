using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins connects to accepts behind a rewrite by what no switch changes: both hosts saw the handshake with the same initial sequence
/// numbers under different addresses. Where rules are known too, they are told beside the proof, or contradicted by it.
/// </summary>
internal sealed class PacketProof
{
    public const string Name = "packets";

    private readonly RewriteIndex _rewrites;
    private readonly ConnectionPairing _pairing;
    private readonly long _toleranceNs;
    private readonly List<(Side Client, Side Server)> _fits;

    /// <summary>One end of a connection and the handshake that its host saw.</summary>
    private sealed record Side(ConnectionEnd End, Conversation Seen)
    {
        public uint? ClientStart => Seen.Start(outgoing: !End.IsServer);
        public uint? ServerStart => Seen.Start(outgoing: End.IsServer);
    }

    public PacketProof(
        IEnumerable<Conversation> conversations, RewriteIndex rewrites, ConnectionPairing pairing, long toleranceNs)
    {
        (_rewrites, _pairing, _toleranceNs) = (rewrites, pairing, toleranceNs);
        Dictionary<Step, Conversation> seen = conversations
            .Where(c => c.End is { Opened: { Event.Failed: false } })
            .ToDictionary(c => c.End!.Opened!);
        Side[] sides = [.. pairing.Unpaired
            .Where(e => seen.ContainsKey(e.Start))
            .Select(e => new Side(e, seen[e.Start]))
            .Where(s => s.ClientStart is not null)];
        ILookup<uint?, Side> servers = sides.Where(s => s.End.IsServer).ToLookup(s => s.ClientStart);
        _fits = [.. sides.Where(s => !s.End.IsServer).SelectMany(c => servers[c.ClientStart].Where(s => Fit(c, s)).Select(s => (c, s)))];
    }

    public void Resolve()
    {
        ILookup<Side, Side> servers = _fits.ToLookup(f => f.Client, f => f.Server);
        ILookup<Side, Side> clients = _fits.ToLookup(f => f.Server, f => f.Client);
        foreach ((Side client, Side server) in _fits)
        {
            bool proven = client.ServerStart is not null && server.ServerStart is not null;
            // The SYN alone is proof only while nothing else bears its number.
            if (Only(servers[client]) && Only(clients[server]))
                Join(client, server);

            bool Only(IEnumerable<Side> sides) => sides.Count(s => !proven || s.ServerStart is not null) == 1;
        }
    }

    /// <summary>Names the candidates of what was still not joined when the rules had their say, too.</summary>
    public void AskOpen()
    {
        var open = _fits.Where(f => !_pairing.IsPaired(f.Client.End) && !_pairing.IsPaired(f.Server.End)).ToList();
        foreach (var servers in open.GroupBy(f => f.Client, f => f.Server))
            Ask(servers.Key, servers);
        foreach (var clients in open.GroupBy(f => f.Server, f => f.Client))
            Ask(clients.Key, clients);
    }

    private static void Ask(Side side, IEnumerable<Side> candidates) => side.End.Start.Ask(
        "the sequence number of its SYN fits several connections, and no SYN-ACK tells them apart",
        [.. candidates.Select(c => $"{c.End.Start.Describe()} {c.End.Key.Flow}").Order(StringComparer.Ordinal)]);

    private bool Fit(Side client, Side server) =>
        client.End.Key.Flow != server.End.Key.Flow &&
        (client.ServerStart is null || server.ServerStart is null || client.ServerStart == server.ServerStart) &&
        server.Seen.FirstNs >= client.Seen.FirstNs - _toleranceNs && server.Seen.FirstNs <= client.Seen.LastSynNs + _toleranceNs;

    private void Join(Side client, Side server)
    {
        (FlowTuple from, FlowTuple to) = (client.End.Key.Flow, server.End.Key.Flow);
        string answer = client.ServerStart is { } start ? $",syn-ack seq={start}" : "";
        var hop = new RewriteHop(
            new RewriteRule
            {
                InstalledNs = client.Seen.FirstNs,
                Dpid = 0,
                Cookie = 0,
                Priority = 0,
                Match = $"syn seq={client.ClientStart}{answer},{Fields(from)}",
                Actions = $"seen on {server.Seen.Host} as {Fields(to)}",
                Source = RewriteSource.Packets,
            },
            from, to);
        List<List<RewriteHop>> byRules = InForce(client.End, server.End);
        List<RewriteHop>? confirmed = byRules.Find(hops => hops[^1].To == to);
        List<RewriteHop> all = [.. confirmed ?? [], hop];
        _pairing.Pair(client.End, server.End,
            new Link(client.End.Start, EdgeKind.Rewrite, Name, new Evidence("{0}", string.Join(", ", all)), all));
        if (confirmed is null && byRules.Count > 0)
            client.End.Start.Ask("joined by packets, which prove another rewrite than the rules say",
                [hop.ToString(), .. byRules.Select(hops => string.Join(", ", hops))]);
    }

    /// <summary>What the rules in force can have made of the connection's addresses, hop by hop.</summary>
    private List<List<RewriteHop>> InForce(ConnectionEnd client, ConnectionEnd server)
    {
        long untilNs = server.Start.Event.ExitNs + _toleranceNs;
        return [.. Reached.From(client.Key.Flow, _rewrites)
            .Select(r => r.Hops(client.Start.Event.EnterNs, untilNs))
            .OfType<List<RewriteHop>>()];
    }

    /// <summary>Addresses as ovs-ofctl writes them.</summary>
    private static string Fields(FlowTuple flow)
    {
        (string protocol, string address) = flow.Source.Address.IsV4 ? ("tcp", "nw") : ("tcp6", "ipv6");
        return $"{protocol},{address}_src={flow.Source.Address},{address}_dst={flow.Destination.Address}," +
            $"tp_src={flow.Source.Port},tp_dst={flow.Destination.Port}";
    }
}
