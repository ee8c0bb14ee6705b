using System.Net;
using System.Net.Sockets;

namespace STrace.Control.Tests;

public sealed class LoopStreamTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Socket _peer = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly LoopStream _stream;
    private readonly byte[] _buffer = new byte[100];

    public LoopStreamTests()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _peer.Connect(listener.LocalEndpoint);
        _stream = new LoopStream(listener.AcceptSocket());
    }

    public void Dispose()
    {
        _stream.Dispose();
        _peer.Dispose();
    }

    [Fact]
    public async Task ReadAsync_BytesHaveCome_GivesThemAndThenTheEnd()
    {
        _peer.Send([1, 2, 3]);
        Assert.Equal(3, await ReadAsync());
        Assert.Equal([1, 2, 3], _buffer[..3]);

        _peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await ReadAsync());
        Assert.Equal(0, await ReadAsync());
    }

    [Fact]
    public async Task ReadAsync_BytesComeLater_ContinuesOnTheLoop()
    {
        var reading = await Task.Factory.StartNew(ReadAsync, CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Default);
        _peer.Send([1]); // now that it waits
        Assert.Equal((1, "sockets"), await reading.WaitAsync(Patience));

        async Task<(int, string?)> ReadAsync()
        {
            var count = await _stream.ReadAsync(_buffer);
            return (count, Thread.CurrentThread.Name);
        }
    }

    [Fact]
    public async Task ReadAsync_BytesCameWhileNobodyRead_AreThere()
    {
        using var other = new LoopStreamTests(); // on the same loop, or on another one
        _peer.Send([1]);
        Assert.Equal(1, await ReadAsync());
        for (byte i = 0; i < 10; i++)
        {
            _peer.Send([i]);
            other._peer.Send([i]);
            Assert.Equal(1, await other.ReadAsync()); // the loop has been round
        }
        Assert.Equal(10, await ReadAsync());
    }

    [Fact]
    public async Task ReadAsync_Cancelled_EndsTheReadAlone()
    {
        using var cancel = new CancellationTokenSource();
        var reading = _stream.ReadAsync(_buffer, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _stream.ReadAsync(_buffer, cancel.Token).AsTask().WaitAsync(Patience));

        _peer.Send([7]);
        Assert.Equal(1, await ReadAsync());
    }

    [Fact]
    public async Task Cancel_WhileOneReads_DoesNotRunItsContinuation()
    {
        using var cancel = new CancellationTokenSource();
        using var locked = new SemaphoreSlim(0);
        using var begun = new SemaphoreSlim(0);
        var reading = Task.Run(async () =>
        {
            var bytes = _stream.ReadAsync(_buffer, cancel.Token);
            begun.Release();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bytes.AsTask());
            locked.Wait();
        });
        await begun.WaitAsync(Patience);
        await Task.Run(cancel.Cancel).WaitAsync(Patience); // would wait for the semaphore otherwise
        locked.Release();
        await reading.WaitAsync(Patience);
        Assert.True(reading.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Dispose_WhileOneReads_EndsTheRead()
    {
        var reading = _stream.ReadAsync(_buffer).AsTask();
        await _stream.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(Patience));
        await Assert.ThrowsAsync<ObjectDisposedException>(ReadAsync);
    }

    [Fact]
    public async Task ReadAsync_PeerResets_IsAnIOException()
    {
        var reading = ReadAsync();
        _peer.Close(timeout: 0);
        await Assert.ThrowsAsync<IOException>(() => reading);
    }

    private Task<int> ReadAsync() => _stream.ReadAsync(_buffer).AsTask().WaitAsync(Patience);
}
