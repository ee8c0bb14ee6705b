using System.Collections.Concurrent;

namespace STrace.Control.Tests;

/// <summary>Keeps everything it is given.</summary>
internal sealed class RecordingRecorder : IControlRecorder
{
    private readonly ConcurrentQueue<RecordedControlMessage> _messages = new();

    public IReadOnlyList<RecordedControlMessage> Messages => [.. _messages];

    public void Record(long timeNs, ulong dpid, ControlDirection direction, ReadOnlyMemory<byte> frame) =>
        _messages.Enqueue(new RecordedControlMessage(timeNs, dpid, direction, frame.ToArray()));
}
