using STrace.TestKit;

namespace STrace.Control.Tests;

public sealed class OutboxTests
{
    [Fact]
    public async Task TryWrite_PeerStandsStill_TakesUpToTheLimitAndReadingWaitsFromHalfOfIt()
    {
        var time = new ManualTime();
        var outbox = new Outbox(limitBytes: 100, time);
        var peer = new GatedStream();
        var pump = outbox.PumpAsync(peer);
        Assert.True(outbox.TryWrite(new byte[50]));
        Assert.True(outbox.WaitForRoomAsync(CancellationToken.None).AsTask().IsCompleted);
        Assert.True(outbox.TryWrite(new byte[50]));
        Assert.False(outbox.TryWrite(new byte[1]));
        var room = outbox.WaitForRoomAsync(CancellationToken.None).AsTask();
        Assert.False(room.IsCompleted);

        peer.Open();
        await room;
        outbox.Complete();
        await pump;
        Assert.Equal(0, outbox.WaitingBytes);
        Assert.Equal(100, peer.WrittenBytes);
        Assert.False(outbox.TryWrite(new byte[1]));
    }

    [Fact]
    public async Task Stalled_CountsFromTheFirstByteThatWaits()
    {
        var time = new ManualTime();
        var outbox = new Outbox(limitBytes: 100, time);
        var peer = new GatedStream();
        var pump = outbox.PumpAsync(peer);
        time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(TimeSpan.Zero, outbox.Stalled);
        outbox.TryWrite(new byte[10]);
        time.Advance(TimeSpan.FromSeconds(3));
        outbox.TryWrite(new byte[10]);
        Assert.Equal(3, outbox.Stalled.TotalSeconds, precision: 3);

        peer.Open();
        outbox.Complete();
        await pump;
        Assert.Equal(TimeSpan.Zero, outbox.Stalled);
    }

    [Fact]
    public async Task Hold_UntilRelease_KeepsWhatIsQueued()
    {
        var outbox = new Outbox(limitBytes: 100, new ManualTime());
        var peer = new GatedStream();
        peer.Open();
        var pump = outbox.PumpAsync(peer);
        outbox.Hold();
        outbox.TryWrite(new byte[10]);
        outbox.TryWrite(new byte[10]);
        Assert.Equal(0, peer.WrittenBytes);

        outbox.Release();
        outbox.Complete();
        await pump;
        Assert.Equal((20L, 1), (peer.WrittenBytes, peer.Writes));
    }

    /// <summary>A peer whose window is closed until it is opened.</summary>
    private sealed class GatedStream : MemoryStream
    {
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long WrittenBytes { get; private set; }

        public int Writes { get; private set; }

        public void Open() => _open.SetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _open.Task;
            WrittenBytes += buffer.Length;
            Writes++;
        }
    }
}
