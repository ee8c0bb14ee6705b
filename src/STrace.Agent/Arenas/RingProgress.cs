using STrace.Model;

namespace STrace.Agent;

/// <summary>
/// Up to when everything that the owner of a ring did can be read from the ring. Times are in ticks. Owned by the drain thread.
/// </summary>
/// <param name="since">Nothing is missing that is earlier.</param>
internal sealed class RingProgress(ulong since)
{
    private const int Tries = 64;

    private ulong _settledAt = since; // seen then without a time that it had yet to tell
    private ulong _toldAt = since; // what was lost by then is told
    private (ulong Lost, ulong At) _losses = (0, since); // that are not told, as they were seen first
    private ulong _passedOver;

    /// <param name="now">The time before this look.</param>
    /// <param name="lostTold">Calls that LOST records told of, of those drained.</param>
    public unsafe ulong Look(RingHeader* ring, ulong lostTold, ulong now)
    {
        ulong lost = Volatile.Read(ref ring->Lost);
        if (lostTold >= lost)
        {
            (_toldAt, _losses) = (now, (lost, now));
        }
        else if (lostTold >= _losses.Lost)
        {
            (_toldAt, _losses) = (_losses.At, (lost, now));
        }

        // Of a thread that runs a time is settled within a microsecond.
        uint op = Volatile.Read(ref ring->CallOp);
        for (int i = 0; i < Tries && (op & RingHeader.Unsettled) != 0; i++)
            op = Volatile.Read(ref ring->CallOp);
        ulong enter = Volatile.Read(ref ring->CallEnter);
        if ((op & RingHeader.Unsettled) != 0)
            return Math.Min(_settledAt, _toldAt);
        _settledAt = now;
        ulong known = op == 0 || ((Operation)op).TakesEffectAtExit() ? now : Math.Min(enter, now);
        return Math.Min(known, _toldAt);
    }

    /// <summary>The time is too long ago to wait for: whether that is new.</summary>
    public bool PassOver(ulong time)
    {
        bool isNew = time != _passedOver;
        _passedOver = time;
        return isNew;
    }
}
