using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>
/// What has been recorded and is not yet in the manager's store, in order. The drain thread adds, the link takes and acknowledges.
/// Bounded: when the manager stays away the newest blocks are dropped and counted, so that what is kept has no holes.
/// </summary>
internal sealed class Spool(long maxBytes)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<(long Sequence, byte[] Frame)> _frames = [];
    private TaskCompletionSource _added = NewSignal();
    private long _bytes;
    private long _sequence;
    private long _dropped;

    /// <summary>Blocks dropped since the agent started.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Sequence of the newest block.</summary>
    public long Sequence => Interlocked.Read(ref _sequence);

    /// <summary>Gives the block its sequence and keeps it until it is acknowledged; false when it had to be dropped.</summary>
    /// <param name="always">Keep it in any case: the few bytes that say where a session begins and ends.</param>
    public bool Add(Func<long, byte[]> encode, bool always = false)
    {
        lock (_gate)
        {
            byte[] frame = encode(_sequence + 1);
            if (!always && _bytes + frame.Length > maxBytes)
            {
                _dropped++;
                return false;
            }
            _frames.AddLast((++_sequence, frame));
            _bytes += frame.Length;
            _added.SetResult();
            _added = NewSignal();
        }
        return true;
    }

    /// <summary>Forgets everything up to the sequence: it is in the store.</summary>
    public void Acknowledge(long sequence)
    {
        lock (_gate)
        {
            while (_frames.First is { } first && first.Value.Sequence <= sequence)
            {
                _bytes -= first.Value.Frame.Length;
                _frames.RemoveFirst();
            }
        }
    }

    /// <summary>The block after the given one; waits until there is one.</summary>
    public async Task<(long Sequence, byte[] Frame)> NextAsync(long after, CancellationToken ct)
    {
        while (true)
        {
            Task added;
            lock (_gate)
            {
                foreach (var entry in _frames)
                {
                    if (entry.Sequence > after)
                        return entry;
                }
                added = _added.Task;
            }
            await added.WaitAsync(ct);
        }
    }

    /// <summary>Waits until everything has been acknowledged, or the time is over.</summary>
    public async Task EmptiedAsync(TimeSpan limit)
    {
        for (long start = Environment.TickCount64; !IsEmpty && Environment.TickCount64 - start < limit.TotalMilliseconds;)
            await Task.Delay(10);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether everything has been acknowledged.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _frames.Count == 0;
        }
    }
}
