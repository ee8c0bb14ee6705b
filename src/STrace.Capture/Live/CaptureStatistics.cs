namespace STrace.Capture;

/// <summary>Counts since the capture began.</summary>
/// <param name="Received">Packets that passed the filter, those dropped by the kernel included.</param>
/// <param name="DroppedByKernel">Packets lost because the reader left the capture buffer full.</param>
/// <param name="DroppedByInterface">Packets lost on arrival by the interface, or by all where all are captured, if the driver tells.</param>
public readonly record struct CaptureStatistics(long Received, long DroppedByKernel, long DroppedByInterface)
{
    /// <summary>How often the capture buffer became full; not told where each packet is handed over at once.</summary>
    public long Overruns { get; init; }

    public static CaptureStatistics operator +(CaptureStatistics a, CaptureStatistics b) => new(
        a.Received + b.Received, a.DroppedByKernel + b.DroppedByKernel, a.DroppedByInterface + b.DroppedByInterface)
    {
        Overruns = a.Overruns + b.Overruns,
    };
}
