using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Looks from time to time whether the peer of a connection still lives and listens.</summary>
internal sealed class LifeWatch(SwitchSession session, SwitchConversation conversation, Outbox outbox, SessionServices services)
{
    private readonly ControlOptions _options = services.Options;
    private readonly TimeProvider _time = services.Time;
    private readonly long _startTimestamp = services.Time.GetTimestamp();
    private long _seenTimestamp = services.Time.GetTimestamp();
    private volatile bool _echoSent;

    /// <summary>Something has come from the peer.</summary>
    public void Seen()
    {
        Interlocked.Exchange(ref _seenTimestamp, _time.GetTimestamp());
        _echoSent = false;
    }

    /// <summary>Checks at every tick until the timer is disposed.</summary>
    public async Task RunAsync(PeriodicTimer timer)
    {
        while (await timer.WaitForNextTickAsync())
            Check();
    }

    private void Check()
    {
        var silence = _time.GetElapsedTime(Interlocked.Read(ref _seenTimestamp));
        var stalled = outbox.Stalled;
        if (conversation.Awaited is { } awaited && _time.GetElapsedTime(_startTimestamp) >= _options.HandshakeTimeout)
        {
            session.Close(DisconnectReason.NoHandshake, $"no {awaited} within {_options.HandshakeTimeout.TotalSeconds} s");
        }
        else if (stalled >= _options.DeadAfter)
        {
            session.Close(
                DisconnectReason.DoesNotRead, $"it has not read for {stalled.TotalSeconds:0} s, {outbox.WaitingBytes} bytes wait for it");
        }
        else if (silence >= _options.DeadAfter)
        {
            session.Close(DisconnectReason.Silent, $"silent for {silence.TotalSeconds:0} s");
        }
        else if (silence >= _options.EchoAfter && !_echoSent)
        {
            _echoSent = true;
            session.Send(new EchoRequestMessage());
        }
    }
}
