namespace STrace.AgentProtocol;

/// <summary>
/// What became of the packets that a host's kernel offered in one session. What was recorded is
/// <c>Received - DroppedByKernel - Ignored - Duplicates</c>, once nothing waits in the kernel's buffer.
/// </summary>
/// <param name="Received">Packets that passed the filter in the kernel, those that it dropped afterwards included.</param>
/// <param name="DroppedByKernel">Packets lost because the capture buffer was full.</param>
/// <param name="DroppedByInterface">Packets lost by interfaces or their drivers before anybody saw them, where the driver tells.</param>
/// <param name="Overruns">How often the capture buffer became full: the moments in which <paramref name="DroppedByKernel"/> happened.</param>
/// <param name="Ignored">Packets seen and not recorded: no TCP, UDP or ICMP, broken headers, or the agent's own.</param>
/// <param name="Duplicates">Packets seen before at another interface of the host, which forwarded them, and recorded there.</param>
public sealed record SnifferCounters(
    long Received, long DroppedByKernel, long DroppedByInterface, long Overruns, long Ignored, long Duplicates)
{
    public static SnifferCounters None { get; } = new(0, 0, 0, 0, 0, 0);
}
