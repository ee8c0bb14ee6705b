using System.Collections.Concurrent;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// One replay on its way. Steps are done by one task; <see cref="Receive"/> is called by the switches' readers.
/// </summary>
internal sealed class ReplayRun(IReadOnlyList<ReplayStep> steps, IReplayStage stage, ReplayOptions options, TimeProvider time)
{
    // So many messages wait for one switch at most, well below what drops its connection.
    private const int MostUnconfirmed = 1000;

    // The pace is kept in slices of this length: timers are no finer.
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly RewriteInterceptor _interceptor = new(options.Starts, options.Id);
    private readonly List<ReplayedFlowMod> _flowMods = [];
    private readonly List<ReplayBarrier> _barriers = [];
    private readonly Dictionary<SwitchPort, int> _injected = [];
    private readonly Dictionary<ulong, int> _packetOuts = [];
    private readonly ConcurrentDictionary<ulong, int> _muted = new();
    private readonly ConcurrentQueue<ReplayError> _errors = new();

    private readonly HashSet<ulong> _rulesUnconfirmed = [];
    private readonly HashSet<ulong> _packetsUnconfirmed = [];
    private readonly long[] _doneNs = new long[steps.Count];
    private readonly long _startTimestamp = time.GetTimestamp();
    private readonly Pace _pace = new(options.FramesPerSecond, Slice, time);
    private int _unconfirmed;
    private bool _packetsUnderWay;
    private bool _cachesUnsettled;

    public void Receive(ulong dpid, OpenFlowMessage message)
    {
        switch (message)
        {
            case PacketInMessage:
                _muted.AddOrUpdate(dpid, 1, (_, count) => count + 1);
                break;
            case ErrorMessage error:
                _errors.Enqueue(new ReplayError(dpid, error.Xid, $"{error.ErrorType}", error.CodeName));
                lock (_gate)
                    _interceptor.Refused(dpid, error);
                break;
        }
    }

    public async Task RunAsync(IProgress<ReplayProgress>? progress, CancellationToken cancellationToken)
    {
        var next = 0;
        while (next < steps.Count)
        {
            await WaitUntilDueAsync(steps[next], cancellationToken);
            next += await DoAsync(next, cancellationToken);
            progress?.Report(new ReplayProgress(next, steps.Count));
        }
        await SettleAsync(cancellationToken);
        await ConfirmAsync(_rulesUnconfirmed, cancellationToken);
    }

    public ReplayRecord ToRecord()
    {
        lock (_gate)
        {
            return new ReplayRecord
            {
                Id = options.Id,
                FlowMods = _flowMods,
                Barriers = _barriers,
                Injected = _injected,
                PacketOuts = _packetOuts,
                MutedPacketIns = new Dictionary<ulong, int>(_muted),
                Errors = [.. _errors],
                DoneNs = _doneNs,
                Rewrites = _interceptor.Rewrites(),
            };
        }
    }

    /// <returns>How many steps were done.</returns>
    private async Task<int> DoAsync(int index, CancellationToken cancellationToken)
    {
        switch (steps[index])
        {
            case InstallRule rule:
                await SettleAsync(cancellationToken);
                Install(rule);
                if (++_unconfirmed >= MostUnconfirmed)
                    await SynchroniseAsync(_rulesUnconfirmed, cancellationToken);
                return 1;
            case SendPacket packet:
                await SynchroniseAsync(_rulesUnconfirmed, cancellationToken);
                _doneNs[index] = NowNs();
                Send(packet);
                if (++_unconfirmed >= MostUnconfirmed)
                    await SynchroniseAsync(_packetsUnconfirmed, cancellationToken);
                await _pace.PassedAsync(1, cancellationToken);
                return 1;
            default:
                await TakeEffectAsync(cancellationToken);
                var frames = TakeFrames(index);
                _doneNs.AsSpan(index, frames.Count).Fill(NowNs());
                await InjectAsync(frames, cancellationToken);
                await _pace.PassedAsync(frames.Count, cancellationToken);
                return frames.Count;
        }
    }

    private void Install(InstallRule step)
    {
        var rule = step.Message;
        lock (_gate)
            _interceptor.Installing(step.Dpid, rule, step.TimeNs);
        stage.Send(step.Dpid, rule);
        _rulesUnconfirmed.Add(step.Dpid);
        _cachesUnsettled = true;
        _flowMods.Add(new ReplayedFlowMod(
            step.Dpid, rule.Xid, rule.Command, rule.Cookie, rule.Priority,
            rule.Match.ToString(), string.Join(',', rule.Actions), step.TimeNs));
    }

    private void Send(SendPacket step)
    {
        stage.Send(step.Dpid, step.Message);
        _packetsUnconfirmed.Add(step.Dpid);
        _packetsUnderWay = true;
        _packetOuts[step.Dpid] = _packetOuts.GetValueOrDefault(step.Dpid) + 1;
    }

    /// <summary>The frames from here on that are due, with no other step between; no more than one slice's.</summary>
    private List<InjectFrame> TakeFrames(int index)
    {
        var frames = new List<InjectFrame>();
        while (index < steps.Count && frames.Count < _pace.MostAtOnce && steps[index] is InjectFrame frame && Early(frame) <= TimeSpan.Zero)
        {
            frames.Add(frame);
            index++;
        }
        return frames;
    }

    private async Task InjectAsync(List<InjectFrame> frames, CancellationToken cancellationToken)
    {
        _packetsUnderWay = true;
        await Task.WhenAll(frames.GroupBy(frame => frame.At).Select(sent =>
        {
            _injected[sent.Key] = _injected.GetValueOrDefault(sent.Key) + sent.Count();
            return stage.InjectAsync(sent.Key, [.. sent.Select(frame => frame.Frame)], cancellationToken);
        }));
    }

    /// <summary>Before a rule: the packets that precede it must have met the tables as they were.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        if (!_packetsUnderWay || !options.Synchronised)
            return;
        await ConfirmAsync(_packetsUnconfirmed, cancellationToken);
        if (options.Settle > TimeSpan.Zero)
            await Task.Delay(options.Settle, time, cancellationToken);
        _packetsUnderWay = false;
    }

    /// <summary>Before a frame: the rules that precede it are installed, and the switches' caches have been looked through.</summary>
    private async Task TakeEffectAsync(CancellationToken cancellationToken)
    {
        if (!options.Synchronised)
            return;
        await ConfirmAsync(_rulesUnconfirmed, cancellationToken);
        if (_cachesUnsettled && options.CacheSettle > TimeSpan.Zero)
            await Task.Delay(options.CacheSettle, time, cancellationToken);
        _cachesUnsettled = false;
    }

    private Task SynchroniseAsync(HashSet<ulong> dpids, CancellationToken cancellationToken) =>
        options.Synchronised ? ConfirmAsync(dpids, cancellationToken) : Task.CompletedTask;

    private async Task ConfirmAsync(HashSet<ulong> dpids, CancellationToken cancellationToken)
    {
        if (dpids.Count == 0)
            return;
        await Task.WhenAll(dpids.Select(async dpid =>
        {
            var xid = await stage.BarrierAsync(dpid, cancellationToken);
            lock (_gate)
                _barriers.Add(new ReplayBarrier(dpid, xid));
        }));
        dpids.Clear();
        _unconfirmed = 0;
    }

    private async Task WaitUntilDueAsync(ReplayStep step, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Early(step) is var early && early > TimeSpan.Zero)
            await Task.Delay(early, time, cancellationToken);
    }

    private long NowNs() => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>How long it is until the step is due.</summary>
    private TimeSpan Early(ReplayStep step)
    {
        if (options.Speed <= 0)
            return TimeSpan.Zero;
        var ticks = (step.TimeNs - steps[0].TimeNs) / options.Speed / TimeSpan.NanosecondsPerTick;
        return TimeSpan.FromTicks((long)ticks) - time.GetElapsedTime(_startTimestamp);
    }
}
