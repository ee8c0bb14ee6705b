using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The switches that are connected now. Thread-safe.</summary>
public sealed class SwitchRegistry
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Datapath> _datapaths = [];
    private readonly long[] _disconnects = new long[Enum.GetValues<DisconnectReason>().Length];

    /// <summary>A switch has told its dpid. Called on the connection's task; must not block.</summary>
    public event Action<Datapath>? SwitchUp;

    /// <summary>A switch is gone. For one dpid, always before the next <see cref="SwitchUp"/>.</summary>
    public event Action<Datapath>? SwitchDown;

    /// <summary>How many connections have ended, by reason.</summary>
    public IReadOnlyDictionary<DisconnectReason, long> Disconnects
    {
        get
        {
            lock (_gate)
                return Enum.GetValues<DisconnectReason>().ToDictionary(reason => reason, reason => _disconnects[(int)reason]);
        }
    }

    /// <summary>In the order of their dpids.</summary>
    public IReadOnlyList<Datapath> Connected
    {
        get
        {
            lock (_gate)
                return [.. _datapaths.Values.OrderBy(datapath => datapath.Dpid)];
        }
    }

    public Datapath? Find(ulong dpid)
    {
        lock (_gate)
            return _datapaths.GetValueOrDefault(dpid);
    }

    /// <summary>All connected switches with ports and counters.</summary>
    public IReadOnlyList<SwitchStatus> Snapshot() => [.. Connected.Select(datapath => datapath.Status())];

    /// <summary>
    /// For a session's start: asks every switch for its features, description, rules and counters, so that questions
    /// and answers pass the recorder. Waits a bounded time; a switch that does not answer (load generators) is no error.
    /// </summary>
    public Task SnapshotAsync(CancellationToken cancellationToken)
    {
        OpenFlowMessage[] questions =
        [
            new FeaturesRequestMessage(), new StatsRequestMessage { Body = new DescriptionStatsRequest() }, .. CounterQuestions(),
        ];
        return Task.WhenAll(Connected.Select(datapath => AskAsync(datapath, questions, datapath.SnapshotTimeout, cancellationToken)));
    }

    /// <summary>For a session's end: asks every switch for its rules and counters once more, likewise.</summary>
    /// <param name="timeout">For all answers.</param>
    /// <returns>The switches that did not give all answers in time.</returns>
    public async Task<IReadOnlyList<ulong>> CountersAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var asked = Connected;
        var answered = await Task.WhenAll(asked.Select(datapath => AskAsync(datapath, CounterQuestions(), timeout, cancellationToken)));
        return [.. asked.Zip(answered).Where(datapath => !datapath.Second).Select(datapath => datapath.First.Dpid)];
    }

    internal void Add(Datapath datapath)
    {
        lock (_gate)
        {
            if (_datapaths.TryGetValue(datapath.Dpid, out var earlier))
            {
                earlier.Close(DisconnectReason.Replaced, $"replaced by a connection from {datapath.Peer} with the same dpid");
                SwitchDown?.Invoke(earlier);
            }
            _datapaths[datapath.Dpid] = datapath;
            SwitchUp?.Invoke(datapath);
        }
    }

    internal void Remove(Datapath datapath)
    {
        lock (_gate)
        {
            if (_datapaths.GetValueOrDefault(datapath.Dpid) != datapath)
                return;
            _datapaths.Remove(datapath.Dpid);
            SwitchDown?.Invoke(datapath);
        }
    }

    internal void CountDisconnect(DisconnectReason reason)
    {
        lock (_gate)
            _disconnects[(int)reason]++;
    }

    private static OpenFlowMessage[] CounterQuestions() =>
    [
        new StatsRequestMessage { Body = new FlowStatsRequest() },
        new StatsRequestMessage { Body = new TableStatsRequest() },
        new StatsRequestMessage { Body = new PortStatsRequest() },
    ];

    /// <returns>Whether it answered all of them; what was answered is recorded in any case.</returns>
    private static async Task<bool> AskAsync(
        Datapath datapath, OpenFlowMessage[] questions, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(questions.Select(question => datapath.RequestAsync(question, timeout, cancellationToken)));
            return true;
        }
        catch (ControlException)
        {
            return false;
        }
    }
}
