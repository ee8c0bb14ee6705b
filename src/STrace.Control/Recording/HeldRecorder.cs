namespace STrace.Control;

/// <summary>
/// The recorder of one connection. It gathers messages, so that the recorder that all connections share is troubled once for many, and
/// hands them on when nothing more may follow soon. What passes before the switch has told its dpid is held back and handed on with it.
/// All but <see cref="Received"/> is called under the connection's outbox lock.
/// </summary>
internal sealed class HeldRecorder(IControlRecorder recorder, ControlClock clock)
{
    private readonly ControlGather _all = new(clock);

    // What the thread that reads has received, and has not put into _all yet: so that it need not take the lock for each message.
    private readonly ControlGather _received = new(clock);
    private volatile int _reader; // that thread; 0: _received is empty
    private ulong? _dpid;

    /// <summary>False where nobody records.</summary>
    public bool IsNeeded => _dpid is null || recorder.IsRecording;

    /// <summary>Without the lock, by the thread that reads.</summary>
    /// <returns>Whether <see cref="HandOn"/> is to be called before the message is used.</returns>
    public bool Received(ReadOnlySpan<byte> frame)
    {
        if (_reader == 0)
            _reader = Environment.CurrentManagedThreadId;
        _received.Add(_dpid ?? 0, ControlDirection.FromSwitch, frame);
        return _received.IsDue;
    }

    public void Sent(ReadOnlySpan<byte> frame)
    {
        if (!IsNeeded)
            return;
        TakeReceived(); // to which it may be the answer
        _all.Add(_dpid ?? 0, ControlDirection.ToSwitch, frame);
        if (_all.IsDue)
            HandOn();
    }

    /// <summary>Nothing more may follow soon.</summary>
    public void EndBurst()
    {
        HandOn();
        _all.EndBurst();
    }

    /// <summary>As <see cref="EndBurst"/>; by the thread that reads, when it has used all that it has read.</summary>
    public void EndRead()
    {
        EndBurst();
        _received.EndBurst();
    }

    public void HandOn()
    {
        TakeReceived();
        if (_dpid is not { } dpid || _all.IsEmpty)
            return;
        recorder.Record(_all.Burst(dpid));
        _all.Clear();
    }

    public void Release(ulong dpid)
    {
        if (_dpid is not null)
            return;
        TakeReceived();
        var held = (ReadOnlyMemory<byte>)_all.Burst(dpid).Log.ToArray();
        _all.Clear();
        _dpid = dpid;
        while (ControlLogFormat.TryRead(ref held, out var message))
        {
            _all.Add(message.TimeNs, dpid, message.Direction, message.Frame.Span);
            HandOn();
        }
    }

    private void TakeReceived()
    {
        if (_reader != Environment.CurrentManagedThreadId)
            return;
        _all.Take(_received);
        _reader = 0;
    }
}
