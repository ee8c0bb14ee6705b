using STrace.AgentProtocol;
using STrace.Correlation;
using STrace.Model;

namespace STrace.Manager;

/// <summary>One host of a session that is followed: what of it the correlator was not given yet. For the session's thread.</summary>
internal sealed class LiveHost(string name)
{
    private readonly Dictionary<Guid, HostEventReader> _readers = [];
    private readonly List<CapturedPacket> _packets = [];
    private Guid _agent;
    private long _untilNs; // as the agent said
    private long _usedNs; // until then the correlator has it
    private bool _isOver; // the agent says nothing more

    public string Name => name;

    public LiveClock Clock { get; } = new();

    /// <summary>When its agent first said that it records, a timestamp; null: not yet.</summary>
    public long? HeardAt { get; set; }

    /// <summary>Since when nobody speaks for it, a timestamp; null: its agent does.</summary>
    public long? AbsentAt { get; set; }

    /// <summary>It was absent for too long: what comes of it now comes too late.</summary>
    public bool IsGivenUp { get; set; }

    /// <exception cref="AgentProtocolException">The payload is damaged; what stood before it is taken.</exception>
    public void Add(Guid agent, ReadOnlyMemory<byte> payload)
    {
        Begin(agent);
        if (!_readers.TryGetValue(agent, out HostEventReader? reader))
            _readers[agent] = reader = new HostEventReader(name, agent);
        reader.Add(payload);
    }

    public void Add(CapturedPacket packet) => _packets.Add(packet);

    public void Pass(Guid agent, long untilNs, bool isLast)
    {
        Begin(agent);
        (_untilNs, _isOver) = (untilNs, isLast);
    }

    public void Learn(ClockOffset clock) => Clock.Learn(clock, _usedNs);

    /// <summary>The session is over: what there is is all.</summary>
    public void End() => _isOver = true;

    /// <summary>Gives everything that is there and complete.</summary>
    public void Advance(LiveCorrelator correlator)
    {
        foreach ((Guid agent, HostEventReader reader) in _readers)
            Give(correlator, reader.Read(_isOver || agent != _agent ? long.MaxValue : _untilNs));
        foreach (CapturedPacket packet in _packets)
            correlator.Add(packet with { TimeNs = Clock.Correct(packet.TimeNs) });
        _packets.Clear();
        if (_untilNs > 0)
            correlator.Pass(name, Clock.Correct(_untilNs));
        _usedNs = Math.Max(_usedNs, _untilNs);
    }

    /// <summary>A host has one agent at a time: when another begins, nothing follows from the one before.</summary>
    private void Begin(Guid agent)
    {
        if (agent != _agent)
            (_agent, _untilNs) = (agent, 0);
        _isOver = false;
    }

    private void Give(LiveCorrelator correlator, HostRecords records)
    {
        foreach (ThreadOrigin origin in records.Threads)
            correlator.Add(origin with { TimeNs = Clock.Correct(origin.TimeNs) });
        foreach (EventLoss loss in records.Losses)
            correlator.Add(loss with { TimeNs = Clock.Correct(loss.TimeNs) });
        foreach (DeclaredSend declared in records.Sends)
            correlator.Add(declared with { TimeNs = Clock.Correct(declared.TimeNs) });
        foreach (HostEvent e in records.Events)
            correlator.Add(Clock.Correct(e));
    }
}
