namespace STrace.Agent;

/// <summary>
/// What this host lost or could not record since the agent started, by reason. Any thread may read; each count has one writer, or is
/// written under its owner's lock.
/// </summary>
public sealed class AgentCounters
{
    private long _threadsWithoutRing;
    private long _attachRefused;
    private long _attachGivenUp;
    private long _attachFailed;
    private long _callsLost;
    private long _ringsOverwritten;
    private long _droppedSpoolFull;
    private long _droppedDiskFailed;
    private long _spoolBytesTorn;
    private long _recordsLate;
    private long _callsPassedOver;

    /// <summary>Threads that found no free ring and run unrecorded (st_arena.no_slot of all arenas).</summary>
    public long ThreadsWithoutRing { get => Read(ref _threadsWithoutRing); internal set => Write(ref _threadsWithoutRing, value); }

    /// <summary>Processes that asked for an arena and were refused: another version, or no memory for it.</summary>
    public long AttachRefused => Read(ref _attachRefused);

    /// <summary>Processes that were handed an arena and could not use it (st_arena.attach_failed of all arenas).</summary>
    public long AttachFailed { get => Read(ref _attachFailed); internal set => Write(ref _attachFailed, value); }

    /// <summary>Calls that found their ring full beyond the deadline, or at once where the policy is to drop.</summary>
    public long CallsLost { get => Read(ref _callsLost); internal set => Write(ref _callsLost, value); }

    /// <summary>Times that an application had overwritten the counters of a ring, so that what it held was given up.</summary>
    public long RingsOverwritten { get => Read(ref _ringsOverwritten); internal set => Write(ref _ringsOverwritten, value); }

    /// <summary>Records dropped because the spool was full: the manager was away, or slower than the events, for too long.</summary>
    public long DroppedSpoolFull { get => Read(ref _droppedSpoolFull); internal set => Write(ref _droppedSpoolFull, value); }

    /// <summary>Records dropped because the spool's disk was full or failed.</summary>
    public long DroppedDiskFailed { get => Read(ref _droppedDiskFailed); internal set => Write(ref _droppedDiskFailed, value); }

    /// <summary>Records dropped on the way to the manager, for whatever reason.</summary>
    public long Dropped => DroppedSpoolFull + DroppedDiskFailed;

    /// <summary>Bytes cut off the spool files of earlier runs because their checksum was wrong.</summary>
    public long SpoolBytesTorn { get => Read(ref _spoolBytesTorn); internal set => Write(ref _spoolBytesTorn, value); }

    /// <summary>Records that had their effect before a time of which the manager had been told that it has everything up to it.</summary>
    public long RecordsLate { get => Read(ref _recordsLate); internal set => Write(ref _recordsLate, value); }

    /// <summary>Calls in progress for longer than <see cref="AgentOptions.LongestHold"/>, for which the watermark no longer waits.</summary>
    public long CallsPassedOver { get => Read(ref _callsPassedOver); internal set => Write(ref _callsPassedOver, value); }

    /// <summary>Programs that asked for an arena and were gone, or had given up, when the answer came.</summary>
    public long AttachGivenUp => Read(ref _attachGivenUp);

    internal void CountGivenUp() => Interlocked.Increment(ref _attachGivenUp);

    internal void CountRefused() => Interlocked.Increment(ref _attachRefused);

    private static long Read(ref long count) => Interlocked.Read(ref count);

    private static void Write(ref long count, long value) => Interlocked.Exchange(ref count, value);
}
