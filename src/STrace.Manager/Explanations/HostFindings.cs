using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.Manager;

/// <summary>What was seen at one host, and what could not be.</summary>
internal static class HostFindings
{
    public static IEnumerable<FindingInfo> Of(SessionEvidence evidence, HostEvidence host, ExplainQuestion question) =>
    [
        .. Absences(evidence, host),
        .. Coverage(host, question),
        LastCall(evidence, host, question.Pid),
        .. LostCalls(evidence, host),
        .. Counters(evidence, host),
    ];

    private static IEnumerable<FindingInfo> Absences(SessionEvidence evidence, HostEvidence host) =>
        host.Absences(evidence.FromNs, evidence.UntilNs).Select(absence => new FindingInfo(
            "agent-absent", host.Name, true,
            $"the agent of {host.Name} was not connected from {FindingText.Time(absence.FromNs)} to {FindingText.Time(absence.UntilNs)}: " +
            "what its host did then is missing, unless it came back and sent it",
            "the manager's connections", "start the agent of that host and keep it running; its log says why it went"));

    private static IEnumerable<FindingInfo> Coverage(HostEvidence host, ExplainQuestion question)
    {
        int? pid = question.Pid;
        if (host.Processes.Count == 0)
        {
            yield return new FindingInfo(
                "coverage", host.Name, false, $"nothing is known of the processes of {host.Name}", "its agent told of none in the session", "");
        }
        if (pid is { } wanted && host.Processes.All(p => p.Pid != wanted) && host.Events.All(e => e.Pid != wanted))
        {
            yield return new FindingInfo(
                "coverage", host.Name, true, $"no process {wanted} was seen at {host.Name} in the session", "its agent's lists of processes",
                "it may have lived for less than the few seconds between two looks: start it with `s-trace run`");
        }
        foreach (ProcessRecord process in host.Processes.Where(p => IsAskedFor(p, question)))
        {
            string listens = process.Listens.Count == 0 ? "" : $" ({string.Join(", ", process.Listens.Select(HostAnswer.Text))})";
            ProcessInfo told = HostAnswer.Of(process);
            yield return process.Interposed && told.Reason is null
                ? new FindingInfo(
                    "coverage", host.Name, false,
                    $"{FindingText.Name(process)}{listens} at {host.Name} was recorded: {FindingText.Count(host.Events.Count(e => e.Pid == process.Pid), "call")}",
                    $"it runs since {FindingText.Time(process.StartNs)}", "")
                : new FindingInfo(
                    "coverage", host.Name, true,
                    $"{FindingText.Name(process)}{listens} at {host.Name} was not recorded{(process.Interposed ? " in full" : "")}: it {told.Reason}",
                    $"/proc of the host; it runs since {FindingText.Time(process.StartNs)} as {process.Command}", told.Remedy ?? "");
        }
    }

    private static bool IsAskedFor(ProcessRecord process, ExplainQuestion question) => question switch
    {
        { Pid: { } pid } => process.Pid == pid,
        { Address: not null } => process.Listens.Any(question.IsAbout),
        _ => (process.Traits & ProcessTraits.Matters) != 0,
    };

    private static FindingInfo LastCall(SessionEvidence evidence, HostEvidence host, int? pid)
    {
        HostEvent? last = host.Events.LastOrDefault(e => (pid is null || e.Pid == pid) && e.EnterNs <= evidence.UntilNs);
        string whose = pid is null ? host.Name : $"process {pid} at {host.Name}";
        return last is null
            ? new FindingInfo(
                "last-call", host.Name, true, $"no call of {whose} was recorded", "the session's events",
                "start applications with `s-trace run` while the agent runs, and the session before the request")
            : new FindingInfo(
                "last-call", host.Name, false,
                $"the last call of {whose} is of {FindingText.Time(last.EnterNs)}, {(evidence.UntilNs - last.EnterNs) / 1_000_000} ms before the end of the time looked at",
                $"{last.Program}[{last.Pid}] {last.Operation.Name()}", "");
    }

    private static IEnumerable<FindingInfo> LostCalls(SessionEvidence evidence, HostEvidence host)
    {
        EventLoss[] losses = [.. evidence.Input.Losses.Where(l => l.Host == host.Name && l.TimeNs >= evidence.FromNs && l.TimeNs <= evidence.UntilNs)];
        if (losses.Length == 0)
            yield break;
        long calls = losses.Sum(l => (long)l.LastSequence - l.FirstSequence + 1);
        yield return new FindingInfo(
            "loss", host.Name, true, $"{FindingText.Count(calls, "call")} of {FindingText.Count(losses.Select(l => l.Tid).Distinct().Count(), "thread")} at {host.Name} were lost",
            $"gaps in the numbers of calls, from {FindingText.Time(losses.Min(l => l.TimeNs))} to {FindingText.Time(losses.Max(l => l.TimeNs))}",
            "give the agent more processor time; its rings were full for longer than a call waits");
    }

    private static IEnumerable<FindingInfo> Counters(SessionEvidence evidence, HostEvidence host)
    {
        var before = host.Losses.LastOrDefault(l => l.TimeNs < evidence.FromNs);
        before = before.Loss is null && host.Losses.Count > 0 ? host.Losses[0] : before;
        var after = host.Losses.FirstOrDefault(l => l.TimeNs >= evidence.UntilNs);
        if (host.Losses.Count == 0)
            yield break;
        after = after.Loss is null ? host.Losses[^1] : after;
        string evidenceText = $"the agent's counters of {FindingText.Time(after.TimeNs)}";
        foreach (LossCounter counter in after.Loss.Counters.Where(c => c.Total > 0))
        {
            long rise = counter.Total - (before.Loss?.Counters.FirstOrDefault(c => c.Reason == counter.Reason)?.Total ?? 0);
            yield return new FindingInfo(
                "loss", host.Name, rise > 0,
                $"{counter.Reason} at {host.Name}: {counter.Total} since its agent started, {rise} of them in the time looked at", evidenceText,
                "see docs/operations.md, \"What was lost\"");
        }
        if (after.Loss.PacketsDropped > 0)
        {
            yield return new FindingInfo(
                "loss", host.Name, true,
                $"{after.Loss.PacketsDropped} of {after.Loss.PacketsReceived} packets at {host.Name} were lost before they could be recorded", evidenceText,
                "name the one interface that matters with --interface");
        }
    }
}
