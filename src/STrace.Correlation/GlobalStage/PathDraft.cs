namespace STrace.Correlation;

/// <summary>A path that is being built.</summary>
internal sealed class PathDraft(long number)
{
    /// <summary>Of all drafts, in the order in which they were begun.</summary>
    public long Number { get; } = number;

    /// <summary>What each host knows of it.</summary>
    public List<Request> Requests { get; } = [];

    public PathGraph Graph { get; set; } = null!;

    public bool Has(Step step) => step.Request is { } request && request.Graph == Number;
}
