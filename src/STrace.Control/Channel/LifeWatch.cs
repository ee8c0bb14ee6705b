namespace STrace.Control;

/// <summary>Looks from time to time whether the peer of a connection still lives and listens.</summary>
internal sealed class LifeWatch(MessageLink link, ILinkUser user, Outbox outbox, ControlOptions options, TimeProvider time)
{
    private readonly long _startTimestamp = time.GetTimestamp();
    private long _seenTimestamp = time.GetTimestamp();
    private volatile bool _echoSent;
    private volatile bool _notReading;

    /// <summary>Something has come from the peer.</summary>
    public void Seen()
    {
        Interlocked.Exchange(ref _seenTimestamp, time.GetTimestamp());
        _echoSent = false;
    }

    /// <summary>Waits for something of ours: nothing is read from the peer meanwhile, whose silence says nothing.</summary>
    public async ValueTask WithoutAsync(ValueTask wait)
    {
        _notReading = true;
        await wait;
        Seen();
        _notReading = false;
    }

    /// <summary>Checks at every tick until the timer is disposed.</summary>
    public async Task RunAsync(PeriodicTimer timer)
    {
        while (await timer.WaitForNextTickAsync())
            Check();
    }

    private void Check()
    {
        var silence = _notReading ? TimeSpan.Zero : time.GetElapsedTime(Interlocked.Read(ref _seenTimestamp));
        var stalled = outbox.Stalled;
        if (user.Awaited is { } awaited && time.GetElapsedTime(_startTimestamp) >= options.HandshakeTimeout)
        {
            link.Close(DisconnectReason.NoHandshake, $"no {awaited} within {options.HandshakeTimeout.TotalSeconds} s");
        }
        else if (stalled >= options.DeadAfter)
        {
            link.Close(
                DisconnectReason.DoesNotRead, $"it has not read for {stalled.TotalSeconds:0} s, {outbox.WaitingBytes} bytes wait for it");
        }
        else if (silence >= options.DeadAfter)
        {
            link.Close(DisconnectReason.Silent, $"silent for {silence.TotalSeconds:0} s");
        }
        else if (silence >= options.EchoAfter && !_echoSent)
        {
            _echoSent = true;
            user.SendEcho();
        }
    }
}
