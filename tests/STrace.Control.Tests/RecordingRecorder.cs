using System.Collections.Concurrent;

namespace STrace.Control.Tests;

/// <summary>Keeps everything it is given.</summary>
internal sealed class RecordingRecorder : IControlRecorder
{
    private readonly ConcurrentQueue<RecordedControlMessage> _messages = new();

    public volatile bool Records = true;

    public bool IsRecording => Records;

    public IReadOnlyList<RecordedControlMessage> Messages => [.. _messages];

    /// <summary>Of the longest burst so far.</summary>
    public int MostBytes { get; private set; }

    public void Record(in ControlBurst burst)
    {
        MostBytes = Math.Max(MostBytes, burst.Log.Length);
        RecordedControlMessage[] messages = [.. ControlLogFormat.Read(burst.Log.ToArray())];
        Assert.Equal(
            (messages.Length, messages.Min(m => m.TimeNs), messages.Max(m => m.TimeNs)), (burst.Count, burst.FirstNs, burst.LastNs));
        Assert.Equal(messages.Aggregate(0u, (types, m) => types | 1u << m.Frame.Span[1]), burst.Types);
        foreach (var message in messages)
            _messages.Enqueue(message);
    }
}
