namespace STrace.Correlation;

/// <summary>Bytes that one call gave and another took.</summary>
/// <param name="link">From the call that gave.</param>
internal readonly struct Overlap(Step receive, Link link)
{
    /// <summary>Questions before answers; then by connection, by the request that took them, and by offset.</summary>
    public static readonly Comparer<Overlap> Order = Comparer<Overlap>.Create(Compare);

    private readonly ConnectionPair.Flow _flow = (ConnectionPair.Flow)link.Evidence.Subject!;
    private readonly Request _request = receive.Request!;

    public Step Receive { get; } = receive;
    public Link Link { get; } = link;
    public bool IsAnswer => _flow.IsAnswer;

    public bool IsOfSameReading(Overlap other) => ReferenceEquals(_flow, other._flow) && _request == other._request;

    private static int Compare(Overlap a, Overlap b)
    {
        // Each direction has one flow.
        if (!ReferenceEquals(a._flow, b._flow))
            return a.IsAnswer != b.IsAnswer ? a.IsAnswer.CompareTo(b.IsAnswer) : a._flow.Number.CompareTo(b._flow.Number);
        if (a._request != b._request)
            return StepOrder.Instance.Compare(a._request.FirstStep, b._request.FirstStep);
        return a.Link.Evidence.First.CompareTo(b.Link.Evidence.First);
    }
}
