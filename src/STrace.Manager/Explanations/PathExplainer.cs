using STrace.Model;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>Says why a request is not in the paths of a session, by what the session holds; nothing else is asked.</summary>
internal sealed class PathExplainer(ISessionStore store, SessionReader reader)
{
    /// <exception cref="ManagerException">The question names what the session does not know.</exception>
    public ExplanationInfo Explain(string name, ExplainQuestion question, PathSet paths)
    {
        ISession session = store.Open(name);
        SessionEvidence evidence = SessionEvidence.Read(session, reader.Read(name, session), paths, question);
        if (question.Host is { } host && evidence.Hosts.All(h => h.Name != host))
            throw new ManagerException(ManagerError.No, $"session '{name}' knows no host '{host}': its agent was not connected; it knows {Names(evidence)}");

        return new ExplanationInfo(
            name, $"{evidence.FromNs}", $"{evidence.UntilNs}",
            [
                .. evidence.Hosts.Where(h => question.IsAbout(h.Name)).SelectMany(h => HostFindings.Of(evidence, h, question)),
                .. ConnectionFindings.Of(evidence, question),
                .. StartFindings.Of(evidence, question),
                .. StartFindings.Ambiguities(evidence, question),
                Paths(evidence, question),
            ]);
    }

    /// <summary>The paths that are there: the request may be one of them.</summary>
    private static FindingInfo Paths(SessionEvidence evidence, ExplainQuestion question)
    {
        CausalPath[] fitting = [.. evidence.Paths.Paths.Where(p =>
            p.StartNs <= evidence.UntilNs && p.StartNs + p.DurationNs >= evidence.FromNs && p.Hosts.Any(question.IsAbout) &&
            (question.Pid is null || p.Events.Any(e => e.Event.Pid == question.Pid)) &&
            (question.Address is null || p.Events.Any(e => e.Event.Channel is { Local: { } local, Peer: { } peer } &&
                question.IsAbout(new FlowTuple(FlowTuple.Tcp, local, peer)))))];
        return new FindingInfo(
            "paths", question.Host, false, $"{FindingText.Count(fitting.Length, "path")} of the session {(fitting.Length == 1 ? "fits" : "fit")} the question",
            fitting.Length == 0 ? "the paths built" : string.Join(' ', fitting.Take(10).Select(p => p.Id)), "");
    }

    private static string Names(SessionEvidence evidence) =>
        evidence.Hosts.Count == 0 ? "none" : string.Join(", ", evidence.Hosts.Select(h => h.Name));
}
