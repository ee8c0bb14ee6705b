namespace STrace.Correlation;

/// <summary>Bytes that one call gave and another took.</summary>
/// <param name="Link">From the call that gave</param>
internal readonly record struct Overlap(Step Receive, Link Link)
{
    /// <summary>Questions before answers; then by connection, by the request that took them, and by offset.</summary>
    public static readonly Comparer<Overlap> Order = Comparer<Overlap>.Create(Compare);

    public bool IsAnswer => Pair.IsAnswer;

    private ConnectionPair.Flow Pair => (ConnectionPair.Flow)Link.Evidence.Subject!;

    public bool IsOfSameReading(Overlap other) => Pair == other.Pair && Receive.Request == other.Receive.Request;

    private static int Compare(Overlap a, Overlap b)
    {
        if (a.Pair != b.Pair)
            return a.Pair.IsAnswer != b.Pair.IsAnswer ? a.Pair.IsAnswer.CompareTo(b.Pair.IsAnswer) : a.Pair.Number.CompareTo(b.Pair.Number);
        if (a.Receive.Request != b.Receive.Request)
            return StepOrder.Instance.Compare(a.Receive.Request!.FirstStep, b.Receive.Request!.FirstStep);
        return a.Link.Evidence.First.CompareTo(b.Link.Evidence.First);
    }
}
