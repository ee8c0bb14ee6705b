namespace STrace.Correlation;

/// <summary>The second stage: joins the hosts' open connection ends, directly or through rewrites, and the bytes that they moved.</summary>
internal static class GlobalStage
{
    /// <param name="trace">Gets what is joined.</param>
    /// <param name="proofs">Packets that may prove rewrites.</param>
    public static void Join(JoinedTrace trace, RewriteIndex rewrites, IReadOnlyList<Conversation> proofs, long toleranceNs)
    {
        var pairing = new ConnectionPairing(trace, toleranceNs);
        pairing.PairByAddresses();
        var proof = new PacketProof(trace, proofs, rewrites, pairing, toleranceNs);
        proof.Resolve();
        new RewriteResolution(trace, rewrites, pairing, toleranceNs).Resolve();
        proof.AskOpen();
        trace.Unpaired.AddRange(pairing.Unpaired);
        new MessageJoining(trace).Join(pairing.Pairs);
    }
}
