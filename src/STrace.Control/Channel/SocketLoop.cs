using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace STrace.Control;

/// <summary>
/// A thread that waits for what sockets bring and runs what waits for it, there and then. A message that takes a microsecond would take ten
/// through the thread pool. Nothing that runs here may block: all connections of the loop wait for it.
/// </summary>
internal sealed unsafe partial class SocketLoop
{
    private const int MostEvents = 64;
    private const int CloseOnExec = 0x80000; // EPOLL_CLOEXEC
    private const int Add = 1; // EPOLL_CTL_ADD
    private const int Remove = 2; // EPOLL_CTL_DEL
    private const uint Readable = 0x1; // EPOLLIN

    // struct epoll_event: 32 bits of events and 64 of data, without a gap between them on x86-64 alone.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventLength = DataOffset + sizeof(ulong);

    private static readonly SocketLoop[] All =
        [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount / 2, 1, 4)).Select(_ => new SocketLoop())];

    private static uint _given;

    private readonly ConcurrentDictionary<int, LoopStream> _streams = new();
    private readonly int _poll = Checked(epoll_create1(CloseOnExec));

    private SocketLoop() => new Thread(Run) { IsBackground = true, Name = "sockets" }.Start();

    /// <summary>One for a new connection.</summary>
    public static SocketLoop Next() => All[Interlocked.Increment(ref _given) % (uint)All.Length];

    /// <summary>Has <see cref="LoopStream.Ready"/> called, again and again, while there is something to read.</summary>
    /// <exception cref="IOException">The system does not allow it.</exception>
    public void Watch(int descriptor, LoopStream stream)
    {
        var wanted = stackalloc byte[EventLength];
        *(uint*)wanted = Readable;
        *(ulong*)(wanted + DataOffset) = (ulong)descriptor;
        Checked(epoll_ctl(_poll, Add, descriptor, wanted));
        _streams[descriptor] = stream;
    }

    public void Forget(int descriptor)
    {
        _streams.TryRemove(descriptor, out _);
        _ = epoll_ctl(_poll, Remove, descriptor, null);
    }

    private void Run()
    {
        var events = stackalloc byte[MostEvents * EventLength];
        while (true)
        {
            var count = epoll_wait(_poll, events, MostEvents, -1); // less than 0: a signal came
            for (var i = 0; i < count; i++)
            {
                // One that was closed by what ran before may have left its number to another, who then looks in vain.
                if (_streams.TryGetValue((int)*(ulong*)(events + (i * EventLength) + DataOffset), out var stream))
                    stream.Ready();
            }
        }
    }

    private static int Checked(int result) =>
        result >= 0 ? result : throw new IOException(new SocketException(Marshal.GetLastPInvokeError()).Message);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int poll, int operation, int descriptor, byte* wanted);

    [LibraryImport("libc")]
    private static partial int epoll_wait(int poll, byte* events, int most, int timeoutMs);
}
