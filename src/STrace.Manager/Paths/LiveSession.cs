using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;
using STrace.Control;
using STrace.Correlation;
using STrace.Model;

namespace STrace.Manager;

/// <summary>What a session that is followed is asked for beside what the agents send.</summary>
/// <param name="Hosts">Whose agents are connected when it begins, and are waited for.</param>
/// <param name="Addresses">Each host's own address.</param>
/// <param name="Readings">Of the hosts' clocks, all so far.</param>
/// <param name="Network">As the control messages so far tell it.</param>
internal sealed record LiveSources(
    IReadOnlyList<string> Hosts, Func<IReadOnlyDictionary<string, IpAddress>> Addresses, Func<IEnumerable<ClockReading>> Readings,
    Func<NetworkHistory> Network);

/// <summary>
/// Builds the paths of one session while it records, on a thread of its own. It never holds the recorder back: when it does not keep up
/// it stops, says so, and the paths are built from the store when they are asked for.
/// </summary>
internal sealed class LiveSession
{
    /// <summary>The longest time between two looks at who is absent.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan ClocksEvery = TimeSpan.FromSeconds(10);

    /// <summary>For so long at least an agent that is connected when the session begins may take to record.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(10);

    /// <summary>For so long a host waits for its clock's first reading.</summary>
    private static readonly TimeSpan ClockPatience = TimeSpan.FromSeconds(1);

    /// <summary>For so long at most the last paths of a session may take when the manager ends.</summary>
    private static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(5);

    /// <summary>So much is taken at most before it is worked on: between two buildings that are far apart it would lie about.</summary>
    private const long MostTakenBytes = 32 * 1024 * 1024;

    /// <summary>When so much waits, paths that may still change are passed over until it has caught up.</summary>
    private const long BehindBytes = 16 * 1024 * 1024;

    /// <summary>What the paths are built with; other questions are answered from the store.</summary>
    public static readonly CorrelationOptions Options = new() { Rewrites = Enum.GetValues<RewriteSource>() };

    private readonly LiveSources _sources;
    private readonly ManagerOptions _manager;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly LiveQueue _queue;
    private readonly RewriteSight _sight = new();
    private readonly Thread _thread;
    private volatile string? _stopped;

    // All below is the thread's.
    private readonly LiveCorrelator _correlator = new(Options);
    private readonly SortedDictionary<string, LiveHost> _hosts = new(StringComparer.Ordinal);
    private readonly LiveClocks _clocks;
    private readonly LiveNetwork _network;
    private readonly LiveResult _result;
    private bool _areAllThere; // who was connected when the session began records by now, or was given up
    private bool _hasNewHost = true;
    private bool _hasEnded;
    private long _takenBytes;
    private long _tooLate;
    private long _builtAt;
    private long _lookedAt;
    private long _clocksAt;

    public LiveSession(string name, LiveSources sources, ManagerOptions manager, TimeProvider time, ILogger logger)
    {
        Name = name;
        (_sources, _manager, _time, _logger) = (sources, manager, time, logger);
        _queue = new LiveQueue(manager.Live.QueuedBytes);
        _clocks = new LiveClocks(sources.Readings);
        _network = new LiveNetwork(
            _correlator, sources.Network, time,
            rule => LogMessages.DoubtfulRule(logger, name, rule.Dpid, rule.Match, rule.Actions, rule.Doubt!));
        _result = new LiveResult(manager.Live);
        _builtAt = _lookedAt = time.GetTimestamp();
        foreach (string host in sources.Hosts)
            Of(host).AbsentAt = _builtAt;
        _thread = new Thread(Run) { Name = $"paths of {name}", IsBackground = true };
        _thread.Start();
    }

    public string Name { get; }

    public PathFeed Feed { get; } = new();

    /// <summary>Why the paths are not followed any more; null while they are.</summary>
    public string? Stopped => _stopped;

    /// <summary>Any thread; never waits.</summary>
    public void Give(LiveItem item)
    {
        if (!_queue.TryAdd(item) && !_queue.IsClosed)
            Stop($"more than {_manager.Live.QueuedBytes >> 20} MB waited for the correlator");
    }

    /// <summary>Waits until nothing of the session's files is read any more; what takes too long is not finished.</summary>
    public void Leave()
    {
        if (_thread.Join(LeavePatience))
            return;
        Stop("the manager ends");
        _thread.Join();
    }

    /// <summary>The controller and a switch have talked. Any thread, one at a time for a switch; never waits.</summary>
    public void Control(in ControlBurst burst)
    {
        if (_stopped is not null)
            return;
        _network.Changed();
        if (!RewriteSight.Concerns(burst))
            return;
        ReadOnlyMemory<byte> log = burst.Log;
        while (ControlLogFormat.TryRead(ref log, out RecordedControlMessage message))
            if (_sight.Concerns(message.Dpid, message.Frame.Span))
                Give(new LiveRule(message with { Frame = message.Frame.ToArray() }));
        if (_sight.IsLost)
            Stop("a rule that did not rewrite was changed to one that does");
    }

    /// <summary>The paths as they are now. Any thread.</summary>
    /// <param name="ids">The paths in question; empty: all.</param>
    /// <returns>Null when what is kept does not suffice, or the session is not followed any more.</returns>
    public Task<PathSet?> FindAsync(IReadOnlyCollection<string> ids, CancellationToken ct)
    {
        var answer = new TaskCompletionSource<PathSet?>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_queue.TryAdd(new LiveQuestion(ids, answer)))
            answer.SetResult(null);
        return answer.Task.WaitAsync(ct);
    }

    private void Run()
    {
        try
        {
            while (_stopped is null)
            {
                if (_queue.Take(Patience()) is { } item)
                    Take(item);
                if (_hasEnded)
                    break;
                if (_time.GetElapsedTime(_lookedAt) >= Look)
                    LookAround();
                bool isDue = _manager.BuildInterval > TimeSpan.Zero && _time.GetElapsedTime(_builtAt) >= _manager.BuildInterval;
                if (isDue || _takenBytes > MostTakenBytes)
                    Build(provisional: isDue && _queue.Bytes < BehindBytes);
            }
        }
        catch (Exception e) // of the correlator, say; the recording goes on
        {
            LogMessages.LiveFailed(_logger, e, Name);
            Stop("it failed, see the manager's log");
        }
        foreach (LiveQuestion question in _queue.Close().OfType<LiveQuestion>())
            question.Answer.SetResult(null);
        Feed.End(new PathsEnded(Name, _stopped));
    }

    private TimeSpan Patience()
    {
        TimeSpan untilBuild = _manager.BuildInterval - _time.GetElapsedTime(_builtAt);
        return _manager.BuildInterval == TimeSpan.Zero || untilBuild > Look ? Look : untilBuild > TimeSpan.Zero ? untilBuild : TimeSpan.Zero;
    }

    private void Stop(string reason)
    {
        if (Interlocked.CompareExchange(ref _stopped, reason, null) is not null)
            return;
        LogMessages.LiveStopped(_logger, Name, reason);
        foreach (LiveQuestion question in _queue.Close().OfType<LiveQuestion>())
            question.Answer.SetResult(null);
    }

    private void Take(LiveItem item)
    {
        _takenBytes += item.Bytes;
        switch (item)
        {
            case LiveBlock block:
                Take(block);
                break;
            case LivePassed passed:
                LiveHost host = Of(passed.Host);
                host.HeardAt ??= _time.GetTimestamp();
                host.AbsentAt = passed.IsLast ? _time.GetTimestamp() : null;
                host.Pass(passed.Agent, passed.UntilNs, passed.IsLast);
                break;
            case LiveGone gone:
                Of(gone.Host).AbsentAt ??= _time.GetTimestamp();
                break;
            case LiveRule rule:
                _network.Take(rule.Message);
                break;
            case LiveQuestion question:
                Take(question);
                break;
            case LiveEnded:
                End();
                break;
        }
    }

    private void Take(LiveBlock block)
    {
        LiveHost host = Of(block.Host);
        if (host.IsGivenUp)
        {
            _tooLate += block.Block.Count;
            return;
        }
        host.AbsentAt = null;
        try
        {
            switch (block.Block.Kind)
            {
                case FrameType.Events or FrameType.ObjectSnapshot:
                    host.Add(block.Agent, block.Block.Payload);
                    break;
                case FrameType.Packets:
                    PacketReader.Read(block.Host, block.Block.Payload.Span, packet =>
                    {
                        _clocks.Add(packet);
                        host.Add(packet);
                    });
                    break;
            }
        }
        catch (AgentProtocolException e)
        {
            LogMessages.DamagedBlock(_logger, Name, block.Host, e.Message);
        }
    }

    private void Take(LiveQuestion question)
    {
        PathSet? answer = null;
        try
        {
            Build(provisional: true);
            answer = Answer(question.Ids);
        }
        finally
        {
            question.Answer.SetResult(answer); // who asks waits no longer, also when it failed
        }
    }

    private LiveHost Of(string name)
    {
        if (!_hosts.TryGetValue(name, out LiveHost? host))
        {
            _hosts[name] = host = new LiveHost(name);
            _hasNewHost = true;
            _correlator.Pass(name, 0); // from now on it is waited for
        }
        return host;
    }

    private void LookAround()
    {
        _lookedAt = _time.GetTimestamp();
        foreach (LiveHost host in _hosts.Values)
        {
            TimeSpan limit = host.HeardAt is null && _manager.LateAfter < StartPatience ? StartPatience : _manager.LateAfter;
            if (!host.IsGivenUp && host.AbsentAt is { } absentAt && _time.GetElapsedTime(absentAt) >= limit)
                GiveUp(host);
        }
        bool lacksClock = _hosts.Values.Any(h => h.HeardAt is not null && !IsReady(h));
        if (_time.GetElapsedTime(_clocksAt) >= (lacksClock ? Look : ClocksEvery))
            LearnClocks();
        if (_correlator.LiveEvents > _manager.Live.LiveEvents)
            Stop($"more than {_manager.Live.LiveEvents} calls belong to requests that are not over");
    }

    /// <summary>What came of it still counts, and nothing that comes.</summary>
    private void GiveUp(LiveHost host)
    {
        host.End();
        host.Advance(_correlator);
        host.IsGivenUp = true;
        _correlator.GiveUp(host.Name);
        LogMessages.LiveHostLate(_logger, Name, host.Name);
    }

    private void LearnClocks()
    {
        _clocksAt = _time.GetTimestamp();
        if (!_clocks.Estimate())
            return;
        foreach (ClockOffset clock in _clocks.Offsets)
            if (_hosts.TryGetValue(clock.Host, out LiveHost? host))
                host.Learn(clock);
    }

    private void LearnNetwork()
    {
        if (_hasNewHost)
            _correlator.HostAddresses = _sources.Addresses();
        _hasNewHost = false;
        if (_hosts.Count > 0) // else there is no path that it could be asked for
            _network.Learn(isLast: _hasEnded);
    }

    private void Build(bool provisional)
    {
        _builtAt = _time.GetTimestamp();
        LearnNetwork();
        Advance();
        Use(_correlator.Build(provisional));
    }

    /// <summary>Gives the correlator what the hosts have told to be complete.</summary>
    private void Advance()
    {
        _areAllThere = _areAllThere || _hosts.Values.All(IsReady);
        if (!_areAllThere)
            return;
        foreach (LiveHost host in _hosts.Values.Where(IsReady))
            host.Advance(_correlator);
        _takenBytes = 0;
    }

    private bool IsReady(LiveHost host) => host.IsGivenUp ||
        (host.HeardAt is { } heardAt && (host.Clock.IsKnown || _time.GetElapsedTime(heardAt) > ClockPatience));

    private void End()
    {
        _hasEnded = true;
        LearnClocks();
        LearnNetwork();
        foreach (LiveHost host in _hosts.Values)
        {
            host.End();
            host.Advance(_correlator);
        }
        Use(_correlator.End());
        LogMessages.LiveEnded(_logger, Name, _result.Finished, _tooLate + _correlator.TooLate);
    }

    private void Use(PathUpdate update)
    {
        _result.Apply(update);
        foreach (CausalPath path in update.Changed)
            Feed.Tell("path", () => PathAnswer.Summary(path));
        if (update.Withdrawn.Count > 0)
            Feed.Tell("withdrawn", () => new PathsWithdrawn(update.Withdrawn));
    }

    private PathSet? Answer(IReadOnlyCollection<string> ids) => _result.Find(ids) is { } paths
        ? new PathSet(Name, [.. Options.Rewrites.Order()], _correlator.HostAddresses, _correlator.Unpaired, paths)
        {
            Clocks = _clocks.Offsets,
            UnplacedPackets = _correlator.UnplacedPackets,
        }
        : null;
}
