using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.Manager;

/// <summary>Which request is missed: what is known of it; null where nothing is.</summary>
/// <param name="Address">An end of its connection, IP:PORT, or an IP alone.</param>
/// <param name="AtNs">About when; ns since the epoch.</param>
internal sealed record ExplainQuestion(string? Host, int? Pid, string? Address, long? AtNs)
{
    private static readonly long AroundNs = (long)TimeSpan.FromSeconds(2).TotalNanoseconds;

    /// <summary>The times that are looked at, both inclusive.</summary>
    public (long FromNs, long UntilNs) Times(long startNs, long stopNs) =>
        AtNs is { } at ? (at - AroundNs, at + AroundNs) : (startNs, stopNs);

    public bool IsAbout(string host) => Host is null || Host == host;

    public bool IsAbout(FlowTuple flow) => Address is null || IsAbout(flow.Source) || IsAbout(flow.Destination);

    /// <summary>Whether a process that listens there may be meant.</summary>
    public bool IsAbout(ListeningEndpoint listening) => Address is null || IsAbout(listening.Endpoint) ||
        HostEvidence.IsAny(listening.Endpoint.Address) && Address.EndsWith($":{listening.Endpoint.Port}", StringComparison.Ordinal);

    private bool IsAbout(Endpoint end) => end.ToString() == Address || end.Address.ToString() == Address;
}
