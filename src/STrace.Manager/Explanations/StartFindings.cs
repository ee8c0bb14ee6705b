using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.Manager;

/// <summary>Why connection starts have no counterpart, and joins that the evidence does not decide.</summary>
internal static class StartFindings
{
    public static IEnumerable<FindingInfo> Of(SessionEvidence evidence, ExplainQuestion question)
    {
        var starts = evidence.Paths.Unpaired
            .Where(u => u.TimeNs >= evidence.FromNs && u.TimeNs <= evidence.UntilNs && question.IsAbout(u.Host) && question.IsAbout(u.Flow))
            .GroupBy(u => (u.Host, IsServer(u), Service: u.Flow.Destination, Peer: IsServer(u) ? u.Flow.Source.Address : default));
        foreach (var group in starts)
        {
            UnpairedStart first = group.First();
            var (reason, remedy) = IsServer(first) ? OfAccept(evidence, first) : OfConnect(evidence, first);
            yield return new FindingInfo(
                "unpaired", first.Host, true,
                $"{FindingText.Count(group.Count(), "connection")} {(IsServer(first) ? $"taken at {first.Host} from {first.Flow.Source.Address}" : $"made at {first.Host} to {first.Flow.Destination}")} " +
                $"without a counterpart: {reason}",
                $"{first.Operation.Name()} of thread {first.Tid} at {FindingText.Time(first.TimeNs)}, {first.Flow}", remedy);
        }
    }

    public static IEnumerable<FindingInfo> Ambiguities(SessionEvidence evidence, ExplainQuestion question) =>
        from path in evidence.Paths.Paths
        where path.StartNs <= evidence.UntilNs && path.StartNs + path.DurationNs >= evidence.FromNs && path.Hosts.Any(question.IsAbout)
        from candidate in path.Candidates
        select new FindingInfo(
            "ambiguous", null, true, $"path {path.Id} was not joined further: {candidate.Reason}", $"it fits {string.Join(" or ", candidate.Choices)}",
            "capture packets on both sides (agents with --interface), or replay the session, so that the join can be proven");

    private static bool IsServer(UnpairedStart start) => start.Operation is Operation.Accept or Operation.Accept4;

    private static (string Reason, string Remedy) OfAccept(SessionEvidence evidence, UnpairedStart start)
    {
        HostEvidence? client = evidence.HostAt(start.Flow.Source.Address);
        return client is null
            ? ($"no monitored host has the address {start.Flow.Source.Address}; the path begins here",
                "run an agent there, if the client matters; where a switch rewrites addresses, allow the rewrites or replay the session")
            : Absent(client, start) ?? Lost(evidence, client) ??
                ($"{client.Name} has that address, and no connect of it was recorded: the client is not interposed", $"`s-trace hosts {client.Name}` lists its processes; start the client with `s-trace run`");
    }

    private static (string Reason, string Remedy) OfConnect(SessionEvidence evidence, UnpairedStart start)
    {
        Endpoint to = start.Flow.Destination;
        HostEvidence? server = evidence.HostAt(to.Address) ?? (IsLoopback(to.Address) ? evidence.Hosts.FirstOrDefault(h => h.Name == start.Host) : null);
        if (server is null)
        {
            return Doubtful(evidence, start) ?? (evidence.Input.RewriteRules.Count > 0
                ? ($"no monitored host has the address {to.Address}, and none of the {evidence.Input.RewriteRules.Count} rewriting rules known leads from it to one",
                    "allow all sources with --rewrites, or replay the session, so that its rules are looked at")
                : ($"no monitored host has the address {to.Address}, and no rule that rewrites addresses is known",
                    "where it is a virtual address, record while the rule is installed or replay the session; else run an agent there"));
        }
        if (Absent(server, start) is { } absent)
            return absent;
        if (server.ListenerAt(to) is { } listener && HostAnswer.Of(listener) is { Reason: not null } told)
            return ($"{FindingText.Name(listener)} at {server.Name} listens there and {told.Reason}", told.Remedy ?? "");
        return Lost(evidence, server) ?? Doubtful(evidence, start) ??
            ($"{server.Name} has that address, and no accept of it was recorded: the server is not interposed, or did not take the connection",
                $"`s-trace hosts {server.Name}` lists its processes; start the server with `s-trace run`");
    }

    private static (string, string)? Absent(HostEvidence host, UnpairedStart start) => host.Absences(start.TimeNs, start.TimeNs).Any()
        ? ($"{host.Name} has that address, and its agent was not connected then", "start that agent and keep it running")
        : null;

    private static (string, string)? Lost(SessionEvidence evidence, HostEvidence host) =>
        evidence.Input.Losses.Any(l => l.Host == host.Name && l.TimeNs >= evidence.FromNs && l.TimeNs <= evidence.UntilNs)
            ? ($"{host.Name} has that address, and calls of it were lost: the counterpart may be one of them", "see the loss above")
            : null;

    /// <summary>A rule that may have given it other addresses, which the rule does not tell.</summary>
    private static (string, string)? Doubtful(SessionEvidence evidence, UnpairedStart start) =>
        evidence.Input.RewriteRules.FirstOrDefault(rule =>
            rule.Doubt is not null && rule.InstalledNs <= start.TimeNs && !(rule.RemovedNs < start.TimeNs) && rule.Covers(start.Flow)) is { } rule
            ? ($"switch {rule.Dpid:x16} had a rule for it that may rewrite it, {rule.Match} ({rule.Actions}), and {rule.Doubt}",
                "capture packets on both sides (agents with --interface): they prove what became of it")
            : null;

    private static bool IsLoopback(IpAddress address) => address.IsV4 ? address.V4 >> 24 == 127 : address.Bits == 1;
}
