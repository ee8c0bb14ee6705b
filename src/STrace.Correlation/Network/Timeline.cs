namespace STrace.Correlation;

/// <summary>What is said of each key at each time: facts that hold until the next one of the same key.</summary>
internal sealed class Timeline<TKey, TFact>
    where TKey : notnull
    where TFact : class
{
    private readonly Dictionary<TKey, TFact[]> _facts;
    private readonly Func<TFact, long> _sinceNs;

    public Timeline(IEnumerable<TFact> facts, Func<TFact, TKey> key, Func<TFact, long> sinceNs)
    {
        _facts = facts.GroupBy(key).ToDictionary(g => g.Key, g => g.OrderBy(sinceNs).ToArray());
        _sinceNs = sinceNs;
    }

    /// <summary>The fact that holds at a time; null before the first and for an unknown key.</summary>
    public TFact? At(TKey key, long timeNs)
    {
        if (!_facts.TryGetValue(key, out TFact[]? facts))
            return null;
        int last = facts.Length - 1;
        while (last >= 0 && _sinceNs(facts[last]) > timeNs)
            last--;
        return last >= 0 ? facts[last] : null;
    }
}
