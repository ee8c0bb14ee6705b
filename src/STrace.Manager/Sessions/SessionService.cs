using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;
using STrace.Control;
using STrace.Model;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>
/// Starts and stops sessions, and takes what the agents send for them. At most one session records at a time; starting and
/// stopping are serialised, blocks come from all agents' connections at once.
/// </summary>
internal sealed class SessionService(
    ISessionStore store, AgentRegistry agents, SwitchRegistry switches, ControlRecorder control, DataPlane dataPlane,
    ReplayOutputs replayOutputs, TimeProvider time, ILogger<SessionService> logger) : IAsyncDisposable
{
    private static readonly TimeSpan ArmDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FinishDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CountersDeadline = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _changing = new(1);
    private readonly Lock _lateGate = new();
    private volatile Current? _current;
    private volatile TaskCompletionSource _begun = NewSignal();

    private sealed record Current(string Name, ISessionWriter Writer)
    {
        private readonly HashSet<string> _finished = [];
        private readonly Dictionary<string, long> _sequences = []; // of what the manager tells of a host

        public volatile bool Stopping;

        /// <summary>Null until the hosts record.</summary>
        public ClockWatch? Clocks;

        public void Finished(string host)
        {
            lock (_finished)
                _finished.Add(host);
        }

        public bool HasFinished(string host)
        {
            lock (_finished)
                return _finished.Contains(host);
        }

        /// <summary>From now on the host's agent is connected, or is not.</summary>
        public void Present(string host, bool connected, long timeNs) =>
            Append(BlockKind.Presence, host, timeNs, timeNs, [connected ? (byte)1 : (byte)0]);

        public void Clock(ClockReading reading)
        {
            try
            {
                Append(BlockKind.Clocks, reading.Host, reading.SentNs, reading.ReceivedNs, ClockReader.Write(reading));
            }
            catch (SessionStoreException)
            {
                // The session cannot be written: its agents' blocks tell that.
            }
        }

        private void Append(BlockKind kind, string host, long firstNs, long lastNs, byte[] payload)
        {
            lock (_sequences)
            {
                long sequence = _sequences[host] = _sequences.GetValueOrDefault(host) + 1;
                Writer.Append(new BlockHeader(kind, host, Guid.Empty, sequence, sequence, firstNs, lastNs, 1), payload);
            }
        }
    }

    private readonly SessionFeed _feed = new();

    /// <summary>What agents send, as it comes.</summary>
    public ISessionFeed Feed => _feed;

    /// <summary>The session that agents should record; null when none.</summary>
    public string? Recording => _current is { Stopping: false } current ? current.Name : null;

    /// <summary>Completes when more may be in the store: with a commit, or when a session begins or ends.</summary>
    public Task NextCommit
    {
        get
        {
            Task begun = _begun.Task; // taken first: a session that begins now completes it
            return _current is { } current ? Task.WhenAny(current.Writer.NextCommit, begun) : begun;
        }
    }

    /// <summary>Creates a session and arms all hosts; returns when they record.</summary>
    /// <returns>Hosts that did not confirm in time; they record as soon as they answer.</returns>
    /// <exception cref="ManagerException">Another session records, or the name cannot be used.</exception>
    public async Task<IReadOnlyList<string>> StartAsync(string name, CancellationToken ct)
    {
        await _changing.WaitAsync(ct);
        try
        {
            if (_current is { } other)
                throw new ManagerException(ManagerError.No, $"session '{other.Name}' records: stop it first with `s-trace session stop`");

            store.Create(name, NowNs);
            var current = new Current(name, store.OpenWriter(name));
            foreach (AgentConnection agent in agents.All)
            {
                current.Writer.SaveHost(agent.Host);
                current.Present(agent.Host.Name, agent.Connected, NowNs);
            }
            _feed.Begin(name);
            _current = current;
            Signal();
            control.Begin(current.Writer);
            await switches.SnapshotAsync(ct);

            // Datastores first: a packet that an armed host sends meets rules with the mirror.
            ILookup<bool, AgentConnection> asked = dataPlane.Participants.ToLookup(a => a.Ports.Count > 0);
            IReadOnlyList<string> late = await ArmAsync([.. asked[true]], name, ct);
            await dataPlane.BeginAsync(ct);
            late = [.. late, .. await ArmAsync([.. asked[false]], name, ct)];
            current.Clocks = new ClockWatch(agents, current.Clock, time);
            LogMessages.SessionStarted(logger, name);
            return late;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Disarms all hosts, waits for their last records and closes the session.</summary>
    /// <returns>The session's name, and the hosts whose last records did not come in time.</returns>
    /// <exception cref="ManagerException">No session records.</exception>
    public async Task<(string Name, IReadOnlyList<string> Late)> StopAsync(CancellationToken ct)
    {
        await _changing.WaitAsync(ct);
        try
        {
            if (_current is not { } current)
                throw new ManagerException(ManagerError.No, "no session records");

            current.Stopping = true;
            Task clocksRead = current.Clocks?.EndAsync() ?? Task.CompletedTask;
            IReadOnlyList<AgentConnection> asked = dataPlane.Participants;
            await Task.WhenAll(asked.Select(a => a.ConfigureAsync(null, ct)));
            IReadOnlyList<string> late = await WaitAsync(asked, a => current.HasFinished(a.Host.Name), FinishDeadline, ct);
            if (late.Count > 0)
                LogMessages.SessionLate(logger, current.Name, string.Join(", ", late));

            IReadOnlyList<ulong> silent = await switches.CountersAsync(CountersDeadline, ct); // of the rules as they were recorded
            if (silent.Count > 0)
                LogMessages.CountersMissing(logger, current.Name, string.Join(", ", silent.Select(dpid => $"{dpid:x16}")));

            long messages = await control.EndAsync();
            await dataPlane.EndAsync(ct);
            await clocksRead;
            current.Clocks?.Dispose();
            _current = null;
            Signal();
            current.Writer.Close(NowNs);
            current.Writer.Dispose();
            _feed.End(current.Name);
            LogMessages.SessionStopped(logger, current.Name, messages);
            return (current.Name, late);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>A datastore has told its ports. One of a replay network takes no part in sessions.</summary>
    public async Task DatastoreArrivedAsync(AgentConnection datastore, CancellationToken ct)
    {
        dataPlane.Arrived(datastore);
        if (!dataPlane.Participants.Contains(datastore))
            await datastore.ConfigureAsync(null, ct);
    }

    public void DatastoreGone(AgentConnection datastore) => dataPlane.Gone(datastore);

    public void AgentArrived(SessionHost host)
    {
        if (_current is not { } current)
            return;
        current.Writer.SaveHost(host);
        current.Present(host.Name, connected: true, NowNs);
    }

    /// <summary>The connection of a host's agent has ended.</summary>
    public void AgentGone(SessionHost host)
    {
        _feed.Gone(host.Name);
        try
        {
            if (_current is { Stopping: false } current)
                current.Present(host.Name, connected: false, NowNs);
        }
        catch (Exception e) when (e is SessionStoreException or ObjectDisposedException)
        {
            // The session is being closed, or cannot be written: its agents' blocks tell that.
        }
    }

    public void AgentFinished(string host, string session)
    {
        if (_current is { } current && current.Name == session)
            current.Finished(host);
    }

    /// <inheritdoc cref="ISessionFollower.Passed"/>
    public void AgentPassed(SessionHost host, string session, long untilNs, long dropped, bool isLast) =>
        _feed.Passed(host, session, untilNs, dropped, isLast);

    /// <summary>Sequence of the last block of this agent that is in the store.</summary>
    public long LastStored(string host, Guid agent) => _current?.Writer.LastCommittedSequence(host, agent) ?? 0;

    public void Flush() => _current?.Writer.Flush();

    /// <summary>Takes a block for its session.</summary>
    /// <returns>Whether a commit will follow that acknowledges it; false when it must be acknowledged at once.</returns>
    public bool Accept(SessionHost host, BlockFrame block)
    {
        if (_current is { } current && current.Name == block.Session)
        {
            _feed.Accept(host, block, () => Append(current.Writer, host, block));
            return true;
        }
        if (!replayOutputs.TryAccept(block))
            AcceptLate(host, block);
        return false;
    }

    /// <summary>A manager that stops closes its session as it should be closed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_current is not null)
            await StopAsync(CancellationToken.None);
        _changing.Dispose();
    }

    private void Signal() => Interlocked.Exchange(ref _begun, NewSignal()).SetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The manager's clock; ns since the epoch.</summary>
    public long NowNs => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private static void Append(ISessionWriter writer, SessionHost host, BlockFrame block) => writer.Append(
        new BlockHeader(
            block.Kind switch
            {
                FrameType.Events => BlockKind.Events,
                FrameType.Packets => BlockKind.Packets,
                FrameType.Mirrored => BlockKind.Frames,
                FrameType.Processes => BlockKind.Processes,
                FrameType.Loss => BlockKind.Loss,
                _ => BlockKind.Objects,
            },
            host.Name, host.Agent, block.Sequence, block.Sequence, block.FirstNs, block.LastNs, block.Count),
        block.Payload.Span);

    /// <summary>What an agent kept for a session whose manager died still belongs to it; what comes for a closed one does not.</summary>
    private void AcceptLate(SessionHost host, BlockFrame block)
    {
        lock (_lateGate)
        {
            try
            {
                using ISessionWriter writer = store.OpenWriter(block.Session);
                writer.SaveHost(host);
                Append(writer, host, block);
                writer.Flush();
            }
            catch (SessionStoreException e) when (e.Error is StoreError.NotFound or StoreError.InUse or StoreError.BadName)
            {
                LogMessages.LateBlock(logger, host.Name, block.Session);
            }
        }
    }

    private async Task<IReadOnlyList<string>> ArmAsync(IReadOnlyList<AgentConnection> asked, string name, CancellationToken ct)
    {
        await Task.WhenAll(asked.Select(a => a.ConfigureAsync(name, ct)));
        return await WaitAsync(asked, a => a.Armed == name, ArmDeadline, ct);
    }

    private async Task<IReadOnlyList<string>> WaitAsync(
        IReadOnlyList<AgentConnection> asked, Func<AgentConnection, bool> done, TimeSpan deadline, CancellationToken ct)
    {
        for (long start = time.GetTimestamp(); ; await Task.Delay(5, ct))
        {
            string[] late = [.. asked.Where(a => a.Connected && !done(a)).Select(a => a.Host.Name)];
            if (late.Length == 0 || time.GetElapsedTime(start) > deadline)
                return late;
        }
    }
}
