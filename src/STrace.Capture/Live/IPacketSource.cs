using System.Diagnostics.CodeAnalysis;

namespace STrace.Capture;

/// <summary>Takes one packet.</summary>
/// <param name="frame">The captured bytes from the link header on; they stand in the capture's buffer and are gone on return.</param>
public delegate void PacketHandler(in CapturedPacketHeader header, ReadOnlySpan<byte> frame);

/// <summary>A running capture. One thread reads it; the other members may be called from any thread.</summary>
public interface IPacketSource : IDisposable
{
    /// <summary>How the frames begin.</summary>
    LinkType LinkType { get; }

    /// <summary>
    /// Waits for packets and gives those that have come to the handler, in the order in which the kernel saw them. It may return
    /// without having given any. What the handler throws, this throws; the packets behind it come with the next call.
    /// </summary>
    /// <returns>False when the capture was stopped.</returns>
    /// <exception cref="CaptureException">The capture broke, for example because the interface went away.</exception>
    bool Dispatch(PacketHandler handler);

    /// <exception cref="CaptureException">The kernel does not tell.</exception>
    CaptureStatistics ReadStatistics();

    /// <summary>Ends the capture: a waiting <see cref="Dispatch"/> returns at once, every later one too.</summary>
    [SuppressMessage("Naming", "CA1716", Justification = "It is a keyword of Visual Basic, which nobody uses here.")]
    void Stop();
}
