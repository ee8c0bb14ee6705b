using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins connects to accepts whose addresses the network rewrote in between (figure 5.8 of the dissertation). A connect is joined
/// when exactly one accept fits and no other connect has only that one; else the paths name the candidates.
/// </summary>
internal sealed class RewriteResolution(RewriteIndex rewrites, ConnectionPairing pairing, long toleranceNs)
{
    public const string Name = "rewrite";

    private sealed record Option(ConnectionEnd Server, List<RewriteHop> Hops);

    private readonly Dictionary<ConnectionEnd, List<Option>> _options = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ConnectionEnd, List<ConnectionEnd>> _wanted = new(ReferenceEqualityComparer.Instance);

    public void Resolve()
    {
        FindOptions();
        var decidable = new Queue<ConnectionEnd>(_options.Keys.OrderBy(c => c.Start, StepOrder.Instance));
        while (decidable.TryDequeue(out ConnectionEnd? client))
        {
            if (!_options.TryGetValue(client, out List<Option>? options) || options is not [var only])
                continue;
            List<ConnectionEnd> rivals = _wanted[only.Server];
            if (rivals.Exists(r => r != client && _options[r].Count == 1))
                continue;
            Join(client, only);
            foreach (ConnectionEnd rival in rivals.Where(r => r != client))
            {
                _options[rival].RemoveAll(o => o.Server == only.Server);
                decidable.Enqueue(rival);
            }
            _options.Remove(client);
            _wanted.Remove(only.Server);
        }
        foreach ((ConnectionEnd client, List<Option> options) in _options.Where(o => o.Value.Count > 0))
            Ask(client, "several accepts fit behind the rewrites, or one fits several connects",
                options.Select(o => $"{o.Server.Start.Describe()} {o.Server.Key.Flow} by {string.Join(", ", o.Hops)}"));
        foreach ((ConnectionEnd server, List<ConnectionEnd> clients) in _wanted)
            Ask(server, "one of several connections that rewrites can have led here or elsewhere",
                clients.Select(c => $"{c.Start.Describe()} {c.Key.Flow}"));
    }

    private void FindOptions()
    {
        ConnectionEnd[] open = [.. pairing.Unpaired.Where(e => e.Key.UnixSocket is null)];
        ILookup<FlowTuple, ConnectionEnd> servers = open.Where(e => e.IsServer).ToLookup(e => e.Key.Flow);
        foreach (var clients in open.Where(e => !e.IsServer).GroupBy(e => e.Key.Flow))
        {
            foreach (Reached reached in Reached.From(clients.Key, rewrites))
            {
                foreach ((ConnectionEnd client, ConnectionEnd server) in pairing.InTime(clients, servers[reached.Flow]))
                {
                    long untilNs = server.Start.Event.ExitNs + toleranceNs;
                    if (reached.Hops(client.Start.Event.EnterNs, untilNs) is not { } hops)
                        continue;
                    Of(_options, client).Add(new Option(server, hops));
                    Of(_wanted, server).Add(client);
                }
            }
        }
    }

    private void Join(ConnectionEnd client, Option option) => pairing.Pair(client, option.Server,
        new Link(client.Start, EdgeKind.Rewrite, Name, new Evidence("{0}", string.Join(", ", option.Hops)), option.Hops));

    private static void Ask(ConnectionEnd end, string reason, IEnumerable<string> choices) =>
        end.Start.Ask(reason, [.. choices.Order(StringComparer.Ordinal)]);

    private static List<T> Of<T>(Dictionary<ConnectionEnd, List<T>> lists, ConnectionEnd end)
    {
        if (!lists.TryGetValue(end, out List<T>? list))
            lists[end] = list = [];
        return list;
    }
}
