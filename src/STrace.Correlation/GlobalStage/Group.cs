namespace STrace.Correlation;

/// <summary>
/// Requests of all hosts that may turn out to be one: they exchanged bytes, or one opened the other's connection. When all of them are
/// over, no later evidence can change their paths.
/// </summary>
internal sealed class Group(Request first)
{
    private const long LeastPauseNs = 100_000_000;
    private const long MostPauseNs = 5_000_000_000;

    private Group? _in;
    private Request _last = first;
    private int _count = 1;

    /// <summary>The others follow by <see cref="Request.NextMember"/>.</summary>
    public Request? First { get; private set; } = first;

    /// <summary>The paths that were shown of it, by id, with the number of times that each was.</summary>
    public Dictionary<string, int>? Shown { get; set; }

    /// <summary>How much was known of it when it was last shown.</summary>
    public long ShownSize { get; set; }

    /// <summary>Its paths are final.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>What it is part of now; itself when of none.</summary>
    public Group Top
    {
        get
        {
            Group at = this;
            while (at._in is { } next)
            {
                if (next._in is { } further)
                    at._in = further;
                at = next;
            }
            return at;
        }
    }

    /// <summary>Grows with everything that is learnt of it.</summary>
    public long Size
    {
        get
        {
            long size = 0;
            for (Request? member = First; member is not null; member = member.NextMember)
                size += 1 + member.StepCount + (member.Packets?.Count ?? 0);
            return size;
        }
    }

    /// <summary>The steps of all members.</summary>
    public long StepCount
    {
        get
        {
            long count = 0;
            for (Request? member = First; member is not null; member = member.NextMember)
                count += member.StepCount;
            return count;
        }
    }

    public void Unite(Group other)
    {
        (Group a, Group b) = (Top, other.Top);
        if (a == b)
            return;
        if (a._count < b._count)
            (a, b) = (b, a);
        b._in = a;
        a._last.NextMember = b.First;
        a._last = b._last;
        a._count += b._count;
        if (b.Shown is { } shown)
        {
            a.Shown ??= [];
            foreach ((string id, int times) in shown)
                a.Shown[id] = times;
        }
        (b.First, b.Shown) = (null, null);
    }

    /// <summary>Whether nothing can be added to it any more when everything until the time is known.</summary>
    public bool IsOver(long passedNs)
    {
        for (Request? member = First; member is not null; member = member.NextMember)
            if (passedNs <= member.GoneNs || (passedNs <= member.OverNs && member.IsHeld))
                return false;
        for (Request? member = First; member is not null; member = member.NextMember)
            foreach (Connection connection in member.Connections)
                if (connection.End is { } end && !end.IsSettled(member, passedNs))
                    return false;
        return true;
    }

    /// <summary>When it is worth asking again whether it is over, ns.</summary>
    public long NextLookNs(long passedNs)
    {
        long nextNs = passedNs + LeastPauseNs;
        for (Request? member = First; member is not null; member = member.NextMember)
            nextNs = Math.Max(nextNs, member.Ended ? member.GoneNs + 1 : passedNs + Math.Min(MostPauseNs, (passedNs - member.LastNs) / 2));
        return nextNs;
    }

    /// <summary>Lets go of everything: paths that others lead to keep no others.</summary>
    public void Close()
    {
        IsClosed = true;
        for (Request? member = First; member is not null; member = member.NextMember)
            member.Group = this;
        for (Request? member = First; member is not null;)
        {
            Request? next = member.NextMember;
            member.NextMember = null;
            foreach (Connection connection in member.Connections)
                connection.Forget();
            member.Forget();
            member = next;
        }
        (First, _last, Shown) = (null, null!, null);
    }
}
