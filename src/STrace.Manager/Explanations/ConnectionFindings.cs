using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.Manager;

/// <summary>Connections whose packets a host's sniffer saw and to which no call of that host belongs.</summary>
internal static class ConnectionFindings
{
    /// <param name="Remote">The other end of one of them.</param>
    private sealed record Unseen(string Host, Endpoint Local, Endpoint Remote, bool IsServer, long FirstNs);

    public static IEnumerable<FindingInfo> Of(SessionEvidence evidence, ExplainQuestion question)
    {
        var called = evidence.Input.Events.Where(e => e.Channel is { Local: not null, Peer: not null })
            .Select(e => (e.Host, e.Channel!.Local!.Value, e.Channel.Peer!.Value)).ToHashSet();
        var unseen = new Dictionary<(string, Endpoint, Endpoint), Unseen>();
        foreach (CapturedPacket packet in evidence.Input.Packets.OrderBy(p => p.TimeNs))
        {
            if (packet.TimeNs < evidence.FromNs || packet.TimeNs > evidence.UntilNs || !question.IsAbout(packet.Host) || !question.IsAbout(packet.Flow))
                continue;
            foreach (var (local, remote) in Ends(evidence, packet))
            {
                if (!called.Contains((packet.Host, local, remote)))
                    unseen.TryAdd((packet.Host, local, remote), new Unseen(packet.Host, local, remote, IsServer(evidence, packet, local), packet.TimeNs));
            }
        }
        return unseen.Values.GroupBy(u => (u.Host, u.IsServer, Service: u.IsServer ? u.Local : u.Remote)).OrderBy(g => g.Min(u => u.FirstNs))
            .Select(g => Finding(evidence, g.Key.Host, g.Key.IsServer, g.Key.Service, [.. g]));
    }

    /// <summary>The ends of the packet that are at the host which saw it: both, of one that never left it.</summary>
    private static IEnumerable<(Endpoint Local, Endpoint Remote)> Ends(SessionEvidence evidence, CapturedPacket packet)
    {
        (Endpoint local, Endpoint remote) = packet.Outgoing ? (packet.Flow.Source, packet.Flow.Destination) : (packet.Flow.Destination, packet.Flow.Source);
        yield return (local, remote);
        if (remote.Address == local.Address || evidence.HostAt(remote.Address)?.Name == packet.Host)
            yield return (remote, local);
    }

    private static bool IsServer(SessionEvidence evidence, CapturedPacket packet, Endpoint local)
    {
        if ((packet.Flags & TcpMarks.Syn) != 0)
            return (packet.Flags & TcpMarks.Ack) == 0 ? local == packet.Flow.Destination : local == packet.Flow.Source;
        return evidence.Hosts.FirstOrDefault(h => h.Name == packet.Host)?.ListenerAt(local) is not null;
    }

    private static FindingInfo Finding(SessionEvidence evidence, string host, bool isServer, Endpoint service, IReadOnlyList<Unseen> unseen)
    {
        ProcessRecord? process = isServer ? evidence.Hosts.FirstOrDefault(h => h.Name == host)?.ListenerAt(service) : null;
        ProcessInfo? told = process is null ? null : HostAnswer.Of(process);
        string who = (isServer, process) switch
        {
            (true, not null) => $"{FindingText.Name(process)}, which listens there, {told!.Reason ?? "was started or recorded too late for them"}",
            (true, null) => "the application there is not recorded",
            _ => "the program that made them is not recorded",
        };
        Unseen first = unseen[0];
        return new FindingInfo(
            "packets-without-calls", host, true,
            $"{FindingText.Count(unseen.Count, "connection")} {(isServer ? "taken" : "made")} at {host} {(isServer ? "at" : "to")} {service} passed as packets without a call: {who}",
            $"packets of {first.Local} and {first.Remote} from {FindingText.Time(first.FirstNs)} on",
            told?.Remedy ?? $"`s-trace hosts {host}` lists its processes; start the application with `s-trace run`");
    }
}
