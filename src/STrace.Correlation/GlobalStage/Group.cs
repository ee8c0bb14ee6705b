namespace STrace.Correlation;

/// <summary>
/// Requests of all hosts that may turn out to be one: they exchanged bytes, or one opened the other's connection. When all of them are
/// over, no later evidence can change their paths.
/// </summary>
internal sealed class Group
{
    private const long LeastPauseNs = 100_000_000;
    private const long MostPauseNs = 5_000_000_000;

    private Group? _in;

    public Group(Request first) => Members.Add(first);

    public List<Request> Members { get; private set; } = [];
    public List<ConnectionPair> Opened { get; private set; } = [];
    public List<Overlap> Overlaps { get; private set; } = [];

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
    public long Size => Opened.Count + Overlaps.Count + Members.Sum(m => 1L + m.Steps.Count + m.Packets.Count);

    public void Unite(Group other)
    {
        (Group a, Group b) = (Top, other.Top);
        if (a == b)
            return;
        if (a.Members.Count < b.Members.Count)
            (a, b) = (b, a);
        b._in = a;
        a.Members.AddRange(b.Members);
        a.Opened.AddRange(b.Opened);
        a.Overlaps.AddRange(b.Overlaps);
        if (b.Shown is { } shown)
        {
            a.Shown ??= [];
            foreach ((string id, int times) in shown)
                a.Shown[id] = times;
        }
        (b.Members, b.Opened, b.Overlaps, b.Shown) = ([], [], [], null);
    }

    /// <summary>Whether nothing can be added to it any more when everything until the time is known.</summary>
    public bool IsOver(long passedNs)
    {
        foreach (Request member in Members)
        {
            if (passedNs <= member.GoneNs || (passedNs <= member.OverNs && member.IsHeld))
                return false;
            foreach (Connection connection in member.Connections)
                if (connection.End is { } end && !end.IsSettled(member, passedNs))
                    return false;
        }
        return true;
    }

    /// <summary>When it is worth asking again whether it is over, ns.</summary>
    public long NextLookNs(long passedNs)
    {
        long nextNs = passedNs + LeastPauseNs;
        foreach (Request member in Members)
        {
            if (member.Ended)
                nextNs = Math.Max(nextNs, member.GoneNs + 1);
            else
                nextNs = Math.Max(nextNs, passedNs + Math.Min(MostPauseNs, (passedNs - member.LastNs) / 2));
        }
        return nextNs;
    }

    /// <summary>Lets go of everything: paths that others lead to keep no others.</summary>
    public void Close()
    {
        IsClosed = true;
        foreach (Request member in Members)
        {
            foreach (Step step in member.Steps)
                step.Forget();
            member.Group = this;
            member.Steps.Clear();
            member.Packets.Clear();
            member.Connections.Clear();
        }
        (Members, Opened, Overlaps) = ([], [], []);
    }
}
