using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace STrace.Control;

/// <summary>
/// A socket without TLS whose bytes are awaited on a <see cref="SocketLoop"/>: what awaits them goes on there. One reads, any thread may
/// cancel or close.
/// </summary>
internal sealed class LoopStream : NetworkStream, IValueTaskSource
{
    private readonly SocketLoop _loop = SocketLoop.Next();
    private readonly int _descriptor;
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _readable;
    private bool _isAwaited;
    private bool _isWatched;
    private bool _isClosed;

    public LoopStream(Socket socket)
        : base(socket, ownsSocket: true) // insists on a blocking socket
    {
        socket.Blocking = false;
        _descriptor = (int)socket.Handle;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var readable = WaitAsync();
            using (cancellationToken.UnsafeRegister(static (stream, token) => ((LoopStream)stream!).Fail(new OperationCanceledException(token)), this))
                await readable;
            var count = Socket.Receive(buffer.Span, SocketFlags.None, out var error);
            if (error == SocketError.Success)
                return count;
            if (error != SocketError.WouldBlock)
                throw new IOException(new SocketException((int)error).Message);
        }
    }

    /// <summary>There is something to read, or the end. Called by the loop; what waits for it runs before this returns.</summary>
    public void Ready()
    {
        lock (_gate)
        {
            if (!_isAwaited)
            {
                StopWatching();
                return;
            }
            _isAwaited = false;
        }
        _readable.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token) => _readable.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _readable.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _readable.OnCompleted(continuation, state, token, flags);

    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            _isClosed = true;
            StopWatching();
        }
        Fail(new ObjectDisposedException(nameof(LoopStream)));
        base.Dispose(disposing);
    }

    private ValueTask WaitAsync()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (!_isWatched)
                _loop.Watch(_descriptor, this);
            _isWatched = true;
            _isAwaited = true;
            _readable.Reset();
            _readable.RunContinuationsAsynchronously = false;
            return new ValueTask(this, _readable.Version);
        }
    }

    /// <summary>Ends the wait. Whoever does this may hold locks: what waited goes on elsewhere.</summary>
    private void Fail(Exception reason)
    {
        lock (_gate)
        {
            if (!_isAwaited)
                return;
            _isAwaited = false;
            _readable.RunContinuationsAsynchronously = true;
        }
        _readable.SetException(reason);
    }

    /// <summary>The loop need not come again and again for what nobody takes.</summary>
    private void StopWatching()
    {
        if (_isWatched)
            _loop.Forget(_descriptor);
        _isWatched = false;
    }
}
