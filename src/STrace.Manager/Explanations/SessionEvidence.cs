using STrace.AgentProtocol;
using STrace.Correlation;
using STrace.Model;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>What a session holds beside its paths that tells what was seen and what was not.</summary>
internal sealed record SessionEvidence(
    long FromNs, long UntilNs, IReadOnlyList<HostEvidence> Hosts, CorrelationInput Input, PathSet Paths)
{
    public static SessionEvidence Read(ISession session, CorrelationInput input, PathSet paths, ExplainQuestion question)
    {
        SessionInfo info = session.Info;
        long lastNs = input.Events.Select(e => e.ExitNs).Concat(input.Packets.Select(p => p.TimeNs)).DefaultIfEmpty(info.StartNs).Max();
        var (fromNs, untilNs) = question.Times(info.StartNs, info.StopNs ?? lastNs);
        ILookup<string, Block> presence = ByHost(session, BlockKind.Presence);
        ILookup<string, Block> processes = ByHost(session, BlockKind.Processes);
        ILookup<string, Block> losses = ByHost(session, BlockKind.Loss);
        ILookup<string, HostEvent> events = input.Events.ToLookup(e => e.Host);
        return new SessionEvidence(
            fromNs, untilNs,
            [.. session.Hosts.GroupBy(h => h.Name).Select(h => new HostEvidence(
                h.Key, [.. h.SelectMany(x => x.Addresses).Distinct()],
                [.. presence[h.Key].Select(b => new Presence(b.Header.FirstNs, b.Payload is [1]))],
                [.. processes[h.Key].SelectMany(Processes).GroupBy(p => (p.Pid, p.Program)).Select(g => g.Last())],
                [.. losses[h.Key].Select(b => (b.Header.FirstNs, Loss(b))).Where(l => l.Item2 is not null).Select(l => (l.FirstNs, l.Item2!))],
                [.. events[h.Key].OrderBy(e => e.EnterNs)]))],
            input, paths);
    }

    public HostEvidence? HostAt(IpAddress address) => Hosts.FirstOrDefault(h => h.Addresses.Contains(address.ToString()));

    private static ILookup<string, Block> ByHost(ISession session, BlockKind kind) =>
        session.ReadBlocks(kind).OrderBy(b => b.Header.FirstNs).ToLookup(b => b.Header.Source);

    private static IReadOnlyList<ProcessRecord> Processes(Block block)
    {
        try
        {
            return ProcessRecord.Read(block.Payload);
        }
        catch (AgentProtocolException)
        {
            return []; // written by another release: the rest of the evidence stands
        }
    }

    private static LossRecord? Loss(Block block)
    {
        try
        {
            return LossRecord.Read(block.Payload);
        }
        catch (AgentProtocolException)
        {
            return null;
        }
    }
}

/// <param name="Presences">When the agent's connection began and ended, in order.</param>
/// <param name="Processes">As each was last told.</param>
/// <param name="Losses">In order of time.</param>
/// <param name="Events">In order of time.</param>
internal sealed record HostEvidence(
    string Name, IReadOnlyList<string> Addresses, IReadOnlyList<Presence> Presences, IReadOnlyList<ProcessRecord> Processes,
    IReadOnlyList<(long TimeNs, LossRecord Loss)> Losses, IReadOnlyList<HostEvent> Events)
{
    /// <summary>The times within the given ones in which the agent was not connected.</summary>
    public IEnumerable<(long FromNs, long UntilNs)> Absences(long fromNs, long untilNs)
    {
        for (int i = 0; i < Presences.Count; i++)
        {
            long until = i + 1 < Presences.Count ? Presences[i + 1].TimeNs : long.MaxValue;
            if (!Presences[i].Connected && Presences[i].TimeNs <= untilNs && until >= fromNs)
                yield return (Presences[i].TimeNs, Math.Min(until, untilNs));
        }
    }

    /// <summary>The process that listens there, as far as it is known.</summary>
    public ProcessRecord? ListenerAt(Endpoint endpoint) => Processes.FirstOrDefault(p => p.Listens.Any(l =>
        l.Endpoint.Port == endpoint.Port && (l.Endpoint.Address == endpoint.Address || IsAny(l.Endpoint.Address))));

    /// <summary>The address of a socket that takes whatever reaches its port.</summary>
    public static bool IsAny(IpAddress address) => address.Bits == 0 || address.IsV4 && address.V4 == 0;
}

internal readonly record struct Presence(long TimeNs, bool Connected);
