using STrace.Model;

namespace STrace.Correlation;

/// <summary>The calls with which the end of a connection is ended, or learns that it was.</summary>
internal sealed class StreamCalls(IEnumerable<(int Index, HostEvent Event)> calls)
{
    private readonly (int Index, HostEvent Event)[] _calls = [.. calls.OrderBy(c => c.Event.EnterNs).ThenBy(c => c.Index)];

    public bool Closed => _calls.Any(c => c.Event.Operation.IsClose());

    public static bool Tells(HostEvent e) => e.Operation.IsClose() || StopsSending(e) || ReadsEnd(e) || WasReset(e);

    /// <summary>The call that sent a FIN: the shutdown, else the close; <see cref="HostTrace.None"/>: there was none.</summary>
    public int Finishing(long finNs)
    {
        int shutdown = First(StopsSending);
        return shutdown != HostTrace.None ? shutdown : Closing(finNs);
    }

    /// <summary>The close that sent a packet: of several descriptors, the last one before it ends the connection.</summary>
    public int Closing(long packetNs)
    {
        int before = _calls.Where(c => c.Event.Operation.IsClose() && c.Event.EnterNs <= packetNs)
            .Select(c => c.Index).LastOrDefault(HostTrace.None);
        return before != HostTrace.None ? before : First(e => e.Operation.IsClose());
    }

    /// <summary>The read that returned 0.</summary>
    public int ReadingEnd() => First(ReadsEnd);

    /// <summary>The call that an RST failed, else the close after it.</summary>
    public int FailedBy(long resetNs)
    {
        int failed = First(e => WasReset(e) && e.ExitNs >= resetNs);
        if (failed != HostTrace.None)
            return failed;
        int closed = First(e => e.Operation.IsClose() && e.ExitNs >= resetNs);
        return closed != HostTrace.None ? closed : Closing(resetNs);
    }

    private int First(Func<HostEvent, bool> condition) =>
        _calls.Where(c => condition(c.Event)).Select(c => c.Index).FirstOrDefault(HostTrace.None);

    /// <summary>SHUT_WR and SHUT_RDWR; SHUT_RD is 0.</summary>
    private static bool StopsSending(HostEvent e) => e is { Operation: Operation.Shutdown, Errno: 0, Arg1: not 0 };

    private static bool ReadsEnd(HostEvent e) => e.Operation.IsReceive() && e is { Errno: 0, Bytes: 0, Result: 0 };

    private static bool WasReset(HostEvent e) =>
        e.Errno is LinuxErrno.ECONNRESET or LinuxErrno.EPIPE or LinuxErrno.ECONNREFUSED;
}
