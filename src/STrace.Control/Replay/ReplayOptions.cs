using STrace.Model;

namespace STrace.Control;

/// <summary>How a session is replayed.</summary>
public sealed record ReplayOptions
{
    /// <summary>Names the replay in what it finds.</summary>
    public required string Id { get; init; }

    /// <summary>1 is the recorded timing, 2 twice as fast; 0 as fast as barriers and <see cref="FramesPerSecond"/> allow.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>Packets a second at most, so that switches in user space lose none; above 0.</summary>
    public int FramesPerSecond { get; init; } = 5000;

    /// <summary>For packets that are under way, before a rule changes what they meet.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// After a barrier, before the next frame: Open vSwitch answers it before its flow cache has been revalidated, so that a packet
    /// of a known flow can still meet the old rules for some milliseconds.
    /// </summary>
    public TimeSpan CacheSettle { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Whether packets wait for the rules that precede them, and rules for packets. Without, messages and frames go when they are
    /// due, and packets are dropped that overtake their rules: for comparison (dissertation, figure 3.7).
    /// </summary>
    public bool Synchronised { get; init; } = true;

    /// <summary>Connection starts without a partner, client to server: what the interceptor looks for.</summary>
    public IReadOnlyCollection<FlowTuple> Starts { get; init; } = [];
}

/// <summary>How far a replay has come.</summary>
public readonly record struct ReplayProgress(int StepsDone, int Steps);
