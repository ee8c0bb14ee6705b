using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// "From caused the step that holds the link." A link claims no common request by itself: between two paths it is left out in the end.
/// </summary>
/// <param name="hops">The rewrites that joined two ends of a connection, client to server; else null.</param>
internal sealed class Link(Step from, EdgeKind kind, string rule, Evidence evidence, IReadOnlyList<RewriteHop>? hops = null)
{
    public Step From { get; } = from;
    public EdgeKind Kind { get; } = kind;
    public string Rule { get; } = rule;
    public Evidence Evidence { get; } = evidence;
    public IReadOnlyList<RewriteHop>? Hops { get; } = hops;
    public Link? Next { get; set; }

    /// <summary>Of bytes that another host's call gave: the present <see cref="GroupBuild"/> takes them for this path's.</summary>
    public bool IsJoined { get; set; }
}

/// <summary>What a rule saw. It becomes text where somebody reads it: most links are never read.</summary>
/// <param name="Format">{0} stands for the subject, {1} and {2} for the numbers.</param>
internal readonly record struct Evidence(string Format, object? Subject = null, long First = 0, long Second = 0)
{
    public override string ToString() => string.Format(System.Globalization.CultureInfo.InvariantCulture, Format, Subject, First, Second);
}
