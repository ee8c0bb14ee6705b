using System.Collections.Concurrent;
using STrace.Control;
using STrace.Storage;

namespace STrace.Manager.Tests;

public sealed class ControlRecorderTests : IDisposable
{
    private const int ControlGap = 110, RecordingFailed = 109;

    private readonly CapturedLog _log = new();
    private readonly FakeWriter _writer = new();
    private readonly ControlRecorder _recorder;

    public ControlRecorderTests() => _recorder = new ControlRecorder(_log.For<ControlRecorder>());

    public void Dispose() => _writer.Dispose();

    [Fact]
    public async Task EndAsync_MessagesWereRecorded_ArePutIntoTheWriterInOrder()
    {
        _recorder.Begin(_writer);
        for (int i = 0; i < 1000; i++)
            Record(i);

        Assert.Equal(1000, await _recorder.EndAsync());

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => (long)i), _writer.Messages.Select(m => m.TimeNs));
        Assert.Empty(_log.OfEvent(ControlGap));
    }

    [Fact]
    public async Task Record_MoreThanABlock_NumbersTheBlocksWithoutGaps()
    {
        _recorder.Begin(_writer);
        for (int i = 0; i < 100; i++)
            Record(i, bytes: 16 * 1024);
        await _recorder.EndAsync();

        Assert.True(_writer.Blocks.Count > 1);
        long next = 1;
        foreach (BlockHeader header in _writer.Blocks.Select(b => b.Header))
        {
            Assert.Equal((BlockKind.Control, ControlRecorder.Source, Guid.Empty, next), (header.Kind, header.Source, header.Agent, header.FirstSequence));
            Assert.Equal(header.Count, header.LastSequence - header.FirstSequence + 1);
            Assert.Equal(header.Count, header.LastNs - header.FirstNs + 1);
            next = header.LastSequence + 1;
        }
        Assert.Equal(101, next);
    }

    [Fact]
    public async Task Record_NoSessionRecords_KeepsNothing()
    {
        Record(1);

        Assert.Equal(0, await _recorder.EndAsync());
    }

    [Fact]
    public async Task Begin_AfterAnEnd_NumbersFromOneAgain()
    {
        _recorder.Begin(new FakeWriter());
        Record(1);
        await _recorder.EndAsync();

        _recorder.Begin(_writer);
        Record(2);
        await _recorder.EndAsync();

        Assert.Equal(1, Assert.Single(_writer.Blocks).Header.FirstSequence);
    }

    [Fact]
    public async Task Record_QueueIsFull_CountsTheGapAndDoesNotWait()
    {
        const int messages = 2000, bytes = 60_000, queuedBytes = ControlQueue.MostBlocks * ControlBlock.Bytes;
        _writer.Hold();
        _recorder.Begin(_writer);
        for (int i = 0; i < messages; i++)
            Record(i, bytes);

        _writer.Release();

        long recorded = await _recorder.EndAsync();
        Assert.InRange(recorded, queuedBytes / 2 / bytes, queuedBytes / bytes);
        Assert.Equal(Enumerable.Range(0, (int)recorded).Select(i => (long)i), _writer.Messages.Select(m => m.TimeNs));
        Assert.Equal([$"{messages - recorded} control messages were not recorded: the store did not keep up"], _log.OfEvent(ControlGap));
    }

    [Fact]
    public async Task Record_NothingFollows_IsPutIntoTheWriterAllTheSame()
    {
        _recorder.Begin(_writer);
        Record(1);

        await TestKit.Eventually.TrueAsync(() => _writer.Messages.Any(), "the message is in the writer");

        Assert.Equal(1, await _recorder.EndAsync());
    }

    [Fact]
    public async Task Record_SwitchesAtOnce_KeepsAllAndTheOrderOfEach()
    {
        const int switches = 8, messages = 20_000;
        _recorder.Begin(_writer);
        await Task.WhenAll(Enumerable.Range(0, switches).Select(dpid => Task.Run(() =>
        {
            for (int i = 0; i < messages; i++)
                Record(i, dpid: (ulong)dpid);
        })));

        Assert.Equal(switches * messages, await _recorder.EndAsync());

        foreach (var bySwitch in _writer.Messages.GroupBy(m => m.Dpid))
            Assert.Equal(Enumerable.Range(0, messages).Select(i => (long)i), bySwitch.Select(m => m.TimeNs));
        Assert.Empty(_log.OfEvent(ControlGap));
    }

    [Fact]
    public async Task Record_StoreFails_CountsTheGapAndGoesOn()
    {
        _writer.Failure = new SessionStoreException(StoreError.DiskFull, "the disk is full");
        _recorder.Begin(_writer);
        Record(1);
        await TestKit.Eventually.TrueAsync(() => _log.OfEvent(RecordingFailed).Any(), "the failure is told");

        _writer.Failure = null;
        Record(2);

        Assert.Equal(1, await _recorder.EndAsync());
        Assert.Equal([2L], _writer.Messages.Select(m => m.TimeNs));
        Assert.Equal(2, Assert.Single(_writer.Blocks).Header.FirstSequence);
        Assert.Equal(["control messages cannot be recorded: the disk is full"], _log.OfEvent(RecordingFailed));
        Assert.StartsWith("1 control messages", Assert.Single(_log.OfEvent(ControlGap)), StringComparison.Ordinal);
    }

    private void Record(long timeNs, int bytes = 8, ulong dpid = 1)
    {
        var log = new byte[ControlLogFormat.HeaderBytes + bytes];
        ControlLogFormat.Write(log, timeNs, dpid, ControlDirection.ToSwitch, new byte[bytes]);
        _recorder.Record(new ControlBurst(dpid, log, 1, timeNs, timeNs, 1));
    }

    /// <summary>A writer that keeps what it is given, waits, or fails.</summary>
    private sealed class FakeWriter : ISessionWriter
    {
        private readonly ManualResetEventSlim _open = new(initialState: true);
        private readonly ConcurrentQueue<(BlockHeader Header, byte[] Payload)> _blocks = new();

        public IReadOnlyList<(BlockHeader Header, byte[] Payload)> Blocks => [.. _blocks];

        public IEnumerable<RecordedControlMessage> Messages => Blocks.SelectMany(b => ControlLogFormat.Read(b.Payload));

        public volatile SessionStoreException? Failure;

        public void Hold() => _open.Reset();

        public void Release() => _open.Set();

        public AppendResult Append(BlockHeader header, ReadOnlySpan<byte> payload)
        {
            _open.Wait();
            if (Failure is { } failure)
                throw failure;
            _blocks.Enqueue((header, payload.ToArray()));
            return AppendResult.Accepted;
        }

        public void Dispose() => _open.Dispose();

        public Task NextCommit => throw new NotSupportedException();

        public int UncommittedBlocks => throw new NotSupportedException();

        public void Flush() => throw new NotSupportedException();

        public long LastCommittedSequence(string source, Guid agent) => throw new NotSupportedException();

        public void SaveHost(SessionHost host) => throw new NotSupportedException();

        public void Close(long stopNs) => throw new NotSupportedException();
    }
}
