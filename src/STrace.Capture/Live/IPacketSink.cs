namespace STrace.Capture;

/// <summary>Sends frames. For one thread at a time.</summary>
public interface IPacketSink : IDisposable
{
    /// <param name="frame">A whole frame from its link header on, as it shall leave the interface.</param>
    /// <exception cref="CaptureException">The frame was not sent, for example because it is longer than the interface allows.</exception>
    void Send(ReadOnlySpan<byte> frame);
}
