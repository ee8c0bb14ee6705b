using STrace.Model;

namespace STrace.Correlation;

/// <summary>The second stage: joins the hosts' open connection ends, directly or through rewrites, and the bytes that they moved.</summary>
internal static class GlobalStage
{
    public static JoinedTrace Join(IReadOnlyList<HostTrace> hosts, RewriteIndex rewrites, long toleranceNs)
    {
        var trace = new JoinedTrace(hosts);
        var pairing = new ConnectionPairing(trace, toleranceNs);
        pairing.PairByAddresses();
        new RewriteResolution(trace, rewrites, pairing, toleranceNs).Resolve();
        trace.Unpaired.AddRange(pairing.Unpaired);
        new MessageJoining(trace).Join(pairing.Pairs);
        return trace;
    }
}
