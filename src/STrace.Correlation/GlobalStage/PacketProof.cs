using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins connects to accepts behind a rewrite by what no switch changes: both hosts saw the handshake with the same initial sequence
/// numbers under different addresses. Where rules are known too, they are told beside the proof, or contradicted by it.
/// </summary>
internal sealed class PacketProof(long toleranceNs)
{
    public const string Name = "packets";

    /// <summary>Connects that were not joined, by the sequence number of their SYN.</summary>
    private readonly Dictionary<uint, List<ConnectionEnd>> _clients = [];

    /// <summary>Accepts that were not joined, by the sequence number of the SYN that they answered.</summary>
    private readonly Dictionary<uint, List<ConnectionEnd>> _servers = [];
    private const int SweepEvery = 4096;
    private int _added;

    /// <summary>What packets say of an accept.</summary>
    /// <param name="Link">From the connect; null when several fit and nothing tells them apart.</param>
    public sealed record Finding(ConnectionEnd? Client, Link? Link);

    /// <summary>All packets of the handshake that the end's host saw before the connect or accept returned are known.</summary>
    public void Add(ConnectionEnd end)
    {
        if (end.Pair is not null || end.Connection.Conversation?.Start(outgoing: !end.IsServer) is not { } syn)
            return;
        if (++_added % SweepEvery == 0)
        {
            Forget(_clients, end.TimeNs);
            Forget(_servers, end.TimeNs);
        }
        Dictionary<uint, List<ConnectionEnd>> ends = end.IsServer ? _servers : _clients;
        if (!ends.TryGetValue(syn, out List<ConnectionEnd>? same))
            ends[syn] = same = [];
        same.Add(end);
    }

    /// <summary>The connect that packets prove to be the accept's; null when they say nothing.</summary>
    public Finding? Find(ConnectionEnd server, long nowNs, RewriteResolution rules)
    {
        if (server.Connection.Conversation is not { } seen || seen.Start(outgoing: false) is not { } syn || !_clients.TryGetValue(syn, out List<ConnectionEnd>? clients))
            return null;
        List<ConnectionEnd> fit = clients.FindAll(c => c.IsOpen(nowNs) && Fit(c, server));
        if (fit.Count == 0)
            return null;
        // The SYN alone is proof only while nothing else bears its number.
        List<ConnectionEnd> proven = fit.FindAll(c => ServerStart(c) is not null && ServerStart(server) is not null);
        bool isContested = _servers.GetValueOrDefault(syn, []).Exists(s => s != server && s.IsOpen(nowNs) && fit.Exists(c => Fit(c, s)));
        if ((proven is [var one] ? one : !isContested && fit is [var only] ? only : null) is { } client)
            return new Finding(client, Join(client, server, rules));
        Ask(server, fit);
        foreach (ConnectionEnd other in fit)
            Ask(other, [.. _servers.GetValueOrDefault(syn, [server]).Where(s => s.IsOpen(nowNs) && Fit(other, s))]);
        return new Finding(null, null);
    }

    private static uint? ServerStart(ConnectionEnd end) => end.Connection.Conversation!.Start(outgoing: end.IsServer);

    private static void Ask(ConnectionEnd end, IReadOnlyList<ConnectionEnd> candidates) => end.Question = new EndQuestion(
        "the sequence number of its SYN fits several connections, and no SYN-ACK tells them apart",
        [.. candidates.Select(c => $"{c.Start.Describe()} {c.Key.Flow}").Order(StringComparer.Ordinal)], candidates);

    private bool Fit(ConnectionEnd client, ConnectionEnd server)
    {
        (Conversation left, Conversation came) = (client.Connection.Conversation!, server.Connection.Conversation!);
        return client.Key.Flow != server.Key.Flow &&
            (ServerStart(client) is null || ServerStart(server) is null || ServerStart(client) == ServerStart(server)) &&
            came.FirstNs >= left.FirstNs - toleranceNs && came.FirstNs <= left.LastSynNs + toleranceNs;
    }

    private static Link Join(ConnectionEnd client, ConnectionEnd server, RewriteResolution rules)
    {
        (FlowTuple from, FlowTuple to) = (client.Key.Flow, server.Key.Flow);
        Conversation left = client.Connection.Conversation!;
        string answer = ServerStart(client) is { } start ? $",syn-ack seq={start}" : "";
        var hop = new RewriteHop(
            new RewriteRule
            {
                InstalledNs = left.FirstNs,
                Dpid = 0,
                Cookie = 0,
                Priority = 0,
                Match = $"syn seq={left.Start(outgoing: true)}{answer},{Fields(from)}",
                Actions = $"seen on {server.Connection.Conversation!.Host} as {Fields(to)}",
                Source = RewriteSource.Packets,
            },
            from, to);
        List<List<RewriteHop>> byRules = rules.InForce(client, server);
        List<RewriteHop>? confirmed = byRules.Find(hops => hops[^1].To == to);
        List<RewriteHop> all = [.. confirmed ?? [], hop];
        if (confirmed is null && byRules.Count > 0)
            client.Start.Ask("joined by packets, which prove another rewrite than the rules say",
                [hop.ToString(), .. byRules.Select(hops => string.Join(", ", hops))]);
        return new Link(client.Start, EdgeKind.Rewrite, Name, new Evidence("{0}", string.Join(", ", all)), all);
    }

    private static void Forget(Dictionary<uint, List<ConnectionEnd>> ends, long nowNs)
    {
        foreach ((uint syn, List<ConnectionEnd> same) in ends)
            if (same.RemoveAll(e => !e.IsOpen(nowNs)) > 0 && same.Count == 0)
                ends.Remove(syn);
    }

    /// <summary>Addresses as ovs-ofctl writes them.</summary>
    private static string Fields(FlowTuple flow)
    {
        (string protocol, string address) = flow.Source.Address.IsV4 ? ("tcp", "nw") : ("tcp6", "ipv6");
        return $"{protocol},{address}_src={flow.Source.Address},{address}_dst={flow.Destination.Address}," +
            $"tp_src={flow.Source.Port},tp_dst={flow.Destination.Port}";
    }
}
