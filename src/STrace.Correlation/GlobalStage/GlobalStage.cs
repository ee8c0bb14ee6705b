namespace STrace.Correlation;

/// <summary>The second stage: joins the hosts' open connection ends, directly or through rewrites, and the bytes that they moved.</summary>
internal static class GlobalStage
{
    /// <param name="trace">Gets what is joined.</param>
    /// <param name="proofs">Packets that may prove rewrites.</param>
    public static void Join(Trace trace, RewriteIndex rewrites, IReadOnlyList<Conversation> proofs, long toleranceNs)
    {
        var pairing = new ConnectionPairing(trace, toleranceNs);
        pairing.PairByAddresses();
        var proof = new PacketProof(proofs, rewrites, pairing, toleranceNs);
        proof.Resolve();
        new RewriteResolution(rewrites, pairing, toleranceNs).Resolve();
        proof.AskOpen();
        trace.Unpaired.AddRange(pairing.Unpaired.Where(e => !e.IsOlder));
        new MessageJoining().Join(pairing.Pairs);
    }
}
