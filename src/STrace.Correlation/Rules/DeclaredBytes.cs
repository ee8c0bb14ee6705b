namespace STrace.Correlation;

/// <summary>A logical context of a process, as its runtime hook numbers them.</summary>
internal readonly record struct DeclaredContext(Guid Agent, int Pid, ulong Number);

/// <summary>Bytes of one send, up to To (exclusive), that were declared for a context.</summary>
internal readonly record struct DeclaredPart(DeclaredContext Context, long To);

/// <summary>What was declared of one channel and not sent yet.</summary>
internal sealed class DeclaredBytes
{
    private readonly LinkedList<(DeclaredContext Context, long Bytes)> _declared = [];
    private long _bytes;

    public void Add(DeclaredContext context, long bytes)
    {
        _declared.AddLast((context, bytes));
        _bytes += bytes;
    }

    /// <summary>The next bytes. Where they are more than was declared, the first ones were declared before the session.</summary>
    public List<DeclaredPart> Take(long bytes)
    {
        var parts = new List<DeclaredPart>();
        for (long at = Math.Max(0, bytes - _bytes); at < bytes;)
        {
            (DeclaredContext context, long declared) = _declared.First!.Value;
            _declared.RemoveFirst();
            long taken = Math.Min(declared, bytes - at);
            if (taken < declared)
                _declared.AddFirst((context, declared - taken));
            at += taken;
            _bytes -= taken;
            parts.Add(new DeclaredPart(context, at));
        }
        return parts;
    }
}
