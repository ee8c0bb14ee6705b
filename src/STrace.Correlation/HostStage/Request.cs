using STrace.Model;

namespace STrace.Correlation;

/// <summary>What one host knows of one request: the steps that served it.</summary>
/// <param name="origin">The connection on which the request came in or went out: its close ends the work for it.</param>
internal sealed class Request(ChannelState origin)
{
    private Request? _same;
    private int _size = 1;

    public ChannelState Origin { get; } = origin;
    public List<Step> Steps { get; } = [];

    /// <summary>It began as a thread's own, and turned out to be part of another that came in.</summary>
    public bool IsPart { get; set; }

    /// <summary>Its answer was given, or taken: a thread that waits now waits for other work.</summary>
    public bool Answered { get; set; }

    /// <summary>Questions to other servers that were begun for it and are not answered: a request waits for one answer before it asks again.</summary>
    public int Outstanding { get; set; }

    /// <summary>The last call that took an answer of another server for it.</summary>
    public Step? LastTaken { get; set; }

    /// <summary>The last call for which, or for whose bytes, a runtime hook declared the request's context; null: none was.</summary>
    public Step? LastDeclared { get; set; }

    /// <summary>Equal for two requests exactly when they are known to be one.</summary>
    public Request Whole
    {
        get
        {
            Request at = this;
            while (at._same is { } next)
            {
                if (next._same is { } further)
                    at._same = further;
                at = next;
            }
            return at;
        }
    }

    /// <summary>Union by size: near-constant cost an operation.</summary>
    public void Unite(Request other)
    {
        (Request a, Request b) = (Whole, other.Whole);
        if (a == b)
            return;
        if (a._size < b._size)
            (a, b) = (b, a);
        b._same = a;
        a._size += b._size;
    }
}
