namespace STrace.Correlation;

/// <summary>Pairs things that come one before the other, each in time order, where an address pair was used again and again.</summary>
internal static class TimePairing
{
    /// <summary>
    /// As many of both: in order. Else a follower goes with the last opener before it, so that one that was not seen shifts nothing.
    /// </summary>
    public static IEnumerable<(TOpener, TFollower)> Pair<TOpener, TFollower>(
        TOpener[] openers, Func<TOpener, long> openerNs, TFollower[] followers, Func<TFollower, long> followerNs, long toleranceNs) =>
        openers.Length == followers.Length
            ? openers.Zip(followers).Where(p => openerNs(p.First) <= followerNs(p.Second) + toleranceNs)
            : LastBefore(openers, openerNs, followers, followerNs, toleranceNs);

    private static IEnumerable<(TOpener, TFollower)> LastBefore<TOpener, TFollower>(
        TOpener[] openers, Func<TOpener, long> openerNs, TFollower[] followers, Func<TFollower, long> followerNs, long toleranceNs)
    {
        int next = 0;
        foreach (TFollower follower in followers)
        {
            int chosen = next;
            while (chosen + 1 < openers.Length && openerNs(openers[chosen + 1]) <= followerNs(follower))
                chosen++;
            if (chosen >= openers.Length || openerNs(openers[chosen]) > followerNs(follower) + toleranceNs)
                continue;
            yield return (openers[chosen], follower);
            next = chosen + 1;
        }
    }
}
