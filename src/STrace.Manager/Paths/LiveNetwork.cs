using System.Diagnostics;
using STrace.Control;
using STrace.Correlation;
using STrace.Model;

namespace STrace.Manager;

/// <summary>Tells the correlator of a session that records what its network is. For one thread, but for <see cref="Changed"/>.</summary>
/// <param name="read">The network's history, as the control messages so far tell it.</param>
/// <param name="doubtful">Is told of the first rule that may change addresses in a way that it does not tell.</param>
internal sealed class LiveNetwork(LiveCorrelator correlator, Func<NetworkHistory> read, TimeProvider time, Action<RewriteRule> doubtful)
{
    /// <summary>The history is read as a whole: seldom, so that it does not become the work.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private const int Share = 20;

    private readonly RewriteRuleFollower _rules = new(keepNs: LiveSession.Options.RequestTimeoutNs);
    private volatile bool _hasChanged;
    private bool _hasDoubted;
    private long _readAt;
    private TimeSpan _pause = Every;

    /// <summary>The controller and the switches have talked. Any thread.</summary>
    public void Changed()
    {
        if (!_hasChanged) // it is told with every message: the processors need not fight for it
            _hasChanged = true;
    }

    /// <summary>A message that may speak of rules.</summary>
    public void Take(in RecordedControlMessage message) => Tell(_rules.Apply(message));

    /// <param name="isLast">The session is over: the history is read now.</param>
    public void Learn(bool isLast)
    {
        Tell(_rules.Pass(time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000));
        if (!_hasChanged || (!isLast && time.GetElapsedTime(_readAt) < _pause))
            return;
        _hasChanged = false;
        long startedAt = Stopwatch.GetTimestamp();
        correlator.Network = read();
        TimeSpan pause = Stopwatch.GetElapsedTime(startedAt) * Share;
        _pause = pause > Every ? pause : Every;
        _readAt = time.GetTimestamp();
    }

    private void Tell(IReadOnlyList<RewriteRuleChange> changes)
    {
        foreach (RewriteRuleChange change in changes)
        {
            if (change.Was is { } was)
                correlator.Remove(was);
            if (change.Now is { } now)
                correlator.Add(now);
            if (!_hasDoubted && change.Now is { Doubt: not null } doubted)
            {
                _hasDoubted = true;
                doubtful(doubted);
            }
        }
    }
}
