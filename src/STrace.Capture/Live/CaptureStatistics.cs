namespace STrace.Capture;

/// <summary>Counts since the capture began.</summary>
/// <param name="Received">Packets that passed the filter, those dropped by the kernel included.</param>
/// <param name="DroppedByKernel">Packets lost because the reader left the capture buffer full.</param>
/// <param name="DroppedByInterface">Packets lost by the interface or its driver, where the driver tells.</param>
public readonly record struct CaptureStatistics(long Received, long DroppedByKernel, long DroppedByInterface);
