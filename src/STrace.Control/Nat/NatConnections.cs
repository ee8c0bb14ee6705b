namespace STrace.Control;

/// <summary>
/// The connections that one switch translates, with or without rules at the moment. It goes from one control connection of the switch to the
/// next: what was translated before must be afterwards, by the same real host. Thread-safe, because the earlier connection may not have noticed
/// its end.
/// </summary>
internal sealed class NatConnections
{
    private const ulong FirstCookie = 0x5354_0000_0000_0000;

    // Connections without rules are kept up to here: on an idle connection the server may be the first to speak again.
    private const int MostIdle = 16_384;

    private readonly Lock _gate = new();
    private readonly Dictionary<NatFlow, NatConnection> _byFlow = [];
    private readonly Dictionary<NatFlow, NatConnection> _byAnswer = [];
    private readonly Dictionary<ulong, NatConnection> _byCookie = []; // those that have rules
    private ulong _nextCookie = FirstCookie;

    /// <summary>Those that have rules.</summary>
    public IReadOnlyList<NatConnection> Installed
    {
        get
        {
            lock (_gate)
                return [.. _byCookie.Where(rule => rule.Value.Cookie == rule.Key).Select(rule => rule.Value)];
        }
    }

    /// <summary>For the next control connection.</summary>
    public NatConnections TakeOver()
    {
        var next = new NatConnections();
        lock (_gate)
        {
            next._nextCookie = _nextCookie;
            foreach (var connection in _byFlow.Values)
                next._byFlow[connection.Flow] = next._byAnswer[connection.Answers] = connection;
            foreach (var (cookie, connection) in _byCookie)
                next._byCookie[cookie] = connection;
        }
        return next;
    }

    public NatConnection? Find(NatFlow flow)
    {
        lock (_gate)
            return _byFlow.GetValueOrDefault(flow);
    }

    public NatConnection? FindByAnswer(NatFlow answer)
    {
        lock (_gate)
            return _byAnswer.GetValueOrDefault(answer);
    }

    public NatConnection? FindByCookie(ulong cookie)
    {
        lock (_gate)
            return _byCookie.GetValueOrDefault(cookie);
    }

    public bool IsInstalled(NatConnection connection)
    {
        lock (_gate)
            return _byCookie.ContainsKey(connection.Cookie);
    }

    /// <summary>Notes that a connection gets rules, under cookies of their own: of earlier ones FLOW_REMOVED may still come.</summary>
    public NatConnection Install(NatConnection connection, long timestamp)
    {
        lock (_gate)
        {
            if (_byFlow.TryGetValue(connection.Flow, out var earlier))
                RemoveLocked(earlier);
            else if (_byFlow.Count - (_byCookie.Count / 2) >= MostIdle)
            {
                foreach (var idle in _byFlow.Values.Where(known => !_byCookie.ContainsKey(known.Cookie)).ToList())
                    RemoveLocked(idle);
            }
            connection = connection with { Cookie = _nextCookie, InstalledTimestamp = timestamp };
            _nextCookie += 2;
            _byFlow[connection.Flow] = _byAnswer[connection.Answers] = connection;
            _byCookie[connection.Cookie] = _byCookie[connection.Cookie + 1] = connection;
            return connection;
        }
    }

    /// <summary>Its rules are gone; it stays known.</summary>
    public void Uninstall(NatConnection connection)
    {
        lock (_gate)
        {
            _byCookie.Remove(connection.Cookie);
            _byCookie.Remove(connection.Cookie + 1);
        }
    }

    public void Remove(NatConnection connection)
    {
        lock (_gate)
            RemoveLocked(connection);
    }

    private void RemoveLocked(NatConnection connection)
    {
        _byFlow.Remove(connection.Flow);
        if (_byAnswer.GetValueOrDefault(connection.Answers) == connection)
            _byAnswer.Remove(connection.Answers);
        _byCookie.Remove(connection.Cookie);
        _byCookie.Remove(connection.Cookie + 1);
    }
}
