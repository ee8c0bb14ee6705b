namespace STrace.Control;

/// <summary>The links that there are or were. Its owner sees to it that one thread at a time uses it.</summary>
internal sealed class LinkTable(TimeProvider time)
{
    private readonly Dictionary<(SwitchPort From, SwitchPort To), SwitchLink> _links = [];

    /// <summary>In the order of their senders.</summary>
    public IReadOnlyList<SwitchLink> All => [.. _links.Values.OrderBy(link => link.From).ThenBy(link => link.To)];

    /// <summary>Those that carry packets, or might.</summary>
    public IEnumerable<SwitchLink> Standing => _links.Values.Where(link => link.Loss is not LinkLoss.PortDown);

    /// <summary>LLDP has come over a link.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Seen(SwitchPort from, SwitchPort to)
    {
        var now = time.GetUtcNow();
        if (_links.TryGetValue((from, to), out var known) && known.Loss is null)
        {
            _links[(from, to)] = known with { LastSeen = now };
            return false;
        }

        // What stood at these ports before has another end now; at a hub several stand.
        foreach (var old in _links.Values.Where(link => link.Loss is not null && Touches(link, from, to) && link.Cable != (from, to) && link.Cable != (to, from)).ToList())
            _links.Remove((old.From, old.To));
        _links[(from, to)] = new SwitchLink(from, to, now, now);
        return true;
    }

    /// <summary>The links that are told by <paramref name="which"/> are lost.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Lose(Func<SwitchLink, bool> which, LinkLoss loss)
    {
        var lost = _links.Values.Where(link => which(link) && link.Loss != loss && link.Loss is not LinkLoss.PortDown).ToList();
        foreach (var link in lost)
            _links[(link.From, link.To)] = link with { Loss = loss, Since = link.Loss is null ? time.GetUtcNow() : link.Since };
        return lost.Count > 0;
    }

    private static bool Touches(SwitchLink link, SwitchPort one, SwitchPort other) =>
        link.From == one || link.To == one || link.From == other || link.To == other;
}
