using STrace.AgentProtocol;
using STrace.Control;

namespace STrace.Manager;

/// <summary>
/// What comes out of a replay network: datastores record it under the replay's own name, and it never becomes part of a session.
/// Blocks come from the datastores' connections, in any order.
/// </summary>
internal sealed class ReplayOutputs
{
    private const string Prefix = "replay/"; // no session's name can hold a slash

    private readonly Lock _gate = new();
    private readonly List<ReceivedFrame> _frames = [];
    private string? _recording;

    /// <returns>The name under which datastores are to record.</returns>
    public string Begin(string replayId)
    {
        lock (_gate)
        {
            _frames.Clear();
            return _recording = Prefix + replayId;
        }
    }

    /// <returns>Everything that came out, in the order of time.</returns>
    public IReadOnlyList<ReceivedFrame> End()
    {
        lock (_gate)
        {
            _recording = null;
            return [.. _frames.OrderBy(f => f.TimeNs)];
        }
    }

    /// <summary>Takes a block of a replay; false when it belongs to a session. One of a replay that has ended is dropped.</summary>
    public bool TryAccept(BlockFrame block)
    {
        if (!block.Session.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        lock (_gate)
        {
            if (block.Session == _recording && block.Kind == FrameType.Mirrored)
                Add(block.Payload.Span);
        }
        return true;
    }

    private void Add(ReadOnlySpan<byte> payload)
    {
        while (FrameRecord.TryRead(ref payload, out FrameRecord record))
            _frames.Add(new ReceivedFrame(new SwitchPort(record.Dpid, record.Port), record.TimeNs, record.Frame.ToArray()));
    }
}
