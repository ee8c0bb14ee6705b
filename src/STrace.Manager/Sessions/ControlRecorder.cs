using Microsoft.Extensions.Logging;
using STrace.Control;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>
/// Records control messages into the session that records. <see cref="Record"/> only copies: forwarding never waits for the disk;
/// what does not fit into memory is a counted gap.
/// </summary>
internal sealed class ControlRecorder(ILogger<ControlRecorder> logger) : IControlRecorder
{
    public const string Source = "manager";

    private volatile Recording? _recording;

    public bool IsRecording => _recording is not null;

    public void Record(in ControlBurst burst) => _recording?.Queue.Add(burst);

    public void Begin(ISessionWriter writer) => _recording = new Recording(writer, logger);

    /// <summary>Ends the recording; what was recorded is in the writer when the task completes.</summary>
    /// <returns>Messages recorded.</returns>
    public async Task<long> EndAsync()
    {
        if (Interlocked.Exchange(ref _recording, null) is not { } recording)
            return 0;
        recording.Queue.End();
        await recording.Written;
        if (recording.Missed > 0)
            LogMessages.ControlGap(logger, recording.Missed);
        return recording.Messages;
    }

    /// <summary>Of one session. It writes on a thread of its own, which does not wait for the connections' work as a task would.</summary>
    private sealed class Recording
    {
        private readonly ISessionWriter _writer;
        private readonly ILogger _logger;
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _failed;
        private long _sequence;

        public Recording(ISessionWriter writer, ILogger logger)
        {
            (_writer, _logger) = (writer, logger);
            new Thread(Write) { Name = "control messages", IsBackground = true }.Start();
        }

        public ControlQueue Queue { get; } = new();

        /// <summary>Completes when the writer has all of it; then the figures are final.</summary>
        public Task Written => _written.Task;

        public long Messages => _sequence - _failed;

        public long Missed => Queue.Missed + _failed;

        private void Write()
        {
            try
            {
                while (Queue.Take() is { } block)
                {
                    Append(block);
                    Queue.GiveBack(block);
                }
                _written.SetResult();
            }
            catch (Exception e) // a mistake of ours; the network goes on
            {
                _written.SetException(e);
            }
        }

        private void Append(ControlBlock block)
        {
            BlockHeader header = block.Header(_sequence + 1);
            _sequence = header.LastSequence;
            try
            {
                _writer.Append(header, block.Payload);
            }
            catch (SessionStoreException e)
            {
                LogMessages.RecordingFailed(_logger, e.Message);
                _failed += block.Count;
            }
        }
    }
}
