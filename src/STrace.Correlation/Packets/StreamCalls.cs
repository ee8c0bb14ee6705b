using STrace.Model;

namespace STrace.Correlation;

/// <summary>The calls with which the end of a connection is ended, or learns that it was.</summary>
internal sealed class StreamCalls(IEnumerable<Step> calls)
{
    private readonly Step[] _calls = [.. calls.OrderBy(c => c.Event.EnterNs).ThenBy(c => c, StepOrder.Instance)];

    public bool Closed => _calls.Any(c => c.Event.Operation.IsClose());

    public static bool Tells(HostEvent e) => e.Operation.IsClose() || StopsSending(e) || ReadsEnd(e) || WasReset(e);

    /// <summary>The call that sent a FIN: the shutdown, else the close; null: there was none.</summary>
    public Step? Finishing(long finNs)
    {
        return First(StopsSending) ?? Closing(finNs);
    }

    /// <summary>The close that sent a packet: of several descriptors, the last one before it ends the connection.</summary>
    public Step? Closing(long packetNs)
    {
        return Array.FindLast(_calls, c => c.Event.Operation.IsClose() && c.Event.EnterNs <= packetNs) ??
            First(e => e.Operation.IsClose());
    }

    /// <summary>The read that returned 0.</summary>
    public Step? ReadingEnd() => First(ReadsEnd);

    /// <summary>The call that an RST failed, else the close after it.</summary>
    public Step? FailedBy(long resetNs)
    {
        return First(e => WasReset(e) && e.ExitNs >= resetNs) ??
            First(e => e.Operation.IsClose() && e.ExitNs >= resetNs) ??
            Closing(resetNs);
    }

    private Step? First(Predicate<HostEvent> condition) => Array.Find(_calls, c => condition(c.Event));

    /// <summary>SHUT_WR and SHUT_RDWR; SHUT_RD is 0.</summary>
    private static bool StopsSending(HostEvent e) => e is { Operation: Operation.Shutdown, Errno: 0, Arg1: not 0 };

    private static bool ReadsEnd(HostEvent e) => e.Operation.IsReceive() && e is { Errno: 0, Bytes: 0, Result: 0 };

    private static bool WasReset(HostEvent e) =>
        e.Errno is LinuxErrno.ECONNRESET or LinuxErrno.EPIPE or LinuxErrno.ECONNREFUSED;
}
