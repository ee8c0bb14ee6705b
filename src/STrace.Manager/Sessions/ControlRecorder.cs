using System.Buffers;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using STrace.Control;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>
/// Records control messages into the session that records. <see cref="Record"/> only queues: forwarding never waits for the disk;
/// what does not fit into the queue is a counted gap.
/// </summary>
internal sealed class ControlRecorder(ILogger<ControlRecorder> logger) : IControlRecorder
{
    public const string Source = "manager";
    private const int QueuedMessages = 1 << 18;
    private const int BlockBytes = 256 * 1024;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(20);

    private readonly record struct Message(long TimeNs, ulong Dpid, ControlDirection Direction, byte[] Frame);

    private volatile Recording? _recording;

    public void Record(long timeNs, ulong dpid, ControlDirection direction, ReadOnlyMemory<byte> frame)
    {
        if (_recording is { } recording && !recording.Queue.Writer.TryWrite(new Message(timeNs, dpid, direction, frame.ToArray())))
            recording.CountMissed();
    }

    public void Begin(ISessionWriter writer)
    {
        var recording = new Recording(writer);
        recording.Writing = Task.Run(() => WriteAsync(recording));
        _recording = recording;
    }

    /// <summary>Ends the recording; what was queued is in the writer when the task completes.</summary>
    /// <returns>Messages recorded.</returns>
    public async Task<long> EndAsync()
    {
        if (Interlocked.Exchange(ref _recording, null) is not { } recording)
            return 0;
        recording.Queue.Writer.TryComplete();
        await recording.Writing;
        if (recording.Missed > 0)
            LogMessages.ControlGap(logger, recording.Missed);
        return recording.Written;
    }

    private async Task WriteAsync(Recording recording)
    {
        var payload = new ArrayBufferWriter<byte>(BlockBytes);
        ChannelReader<Message> queue = recording.Queue.Reader;
        while (await queue.WaitToReadAsync())
        {
            await Task.Delay(Gather);
            while (queue.TryPeek(out _))
                WriteBlock(recording, payload);
        }
    }

    private void WriteBlock(Recording recording, ArrayBufferWriter<byte> payload)
    {
        long first = recording.Sequence + 1;
        long firstNs = long.MaxValue, lastNs = 0;
        while (payload.WrittenCount < BlockBytes && recording.Queue.Reader.TryRead(out Message message))
        {
            ControlLogFormat.Write(payload, message.TimeNs, message.Dpid, message.Direction, message.Frame);
            firstNs = Math.Min(firstNs, message.TimeNs);
            lastNs = Math.Max(lastNs, message.TimeNs);
            recording.Sequence++;
        }
        int count = (int)(recording.Sequence - first + 1);
        Append(recording, new BlockHeader(
            BlockKind.Control, Source, Guid.Empty, first, recording.Sequence, firstNs, lastNs, count), payload.WrittenSpan);
        payload.ResetWrittenCount();
    }

    private void Append(Recording recording, BlockHeader header, ReadOnlySpan<byte> payload)
    {
        try
        {
            recording.Writer.Append(header, payload);
            recording.Written += header.Count;
        }
        catch (SessionStoreException e)
        {
            LogMessages.RecordingFailed(logger, e.Message);
            recording.CountMissed(header.Count);
        }
    }

    private sealed class Recording(ISessionWriter writer)
    {
        private long _missed;

        public ISessionWriter Writer => writer;
        public Channel<Message> Queue { get; } = Channel.CreateBounded<Message>(new BoundedChannelOptions(QueuedMessages) { SingleReader = true });
        public Task Writing { get; set; } = Task.CompletedTask;
        public long Sequence { get; set; }
        public long Written { get; set; }
        public long Missed => Interlocked.Read(ref _missed);
        public void CountMissed(long messages = 1) => Interlocked.Add(ref _missed, messages);
    }
}
