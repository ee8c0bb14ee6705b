namespace STrace.Control;

/// <summary>
/// The beginnings of the last messages to a switch that went out otherwise than the upstream sent them: an ERROR quotes what it
/// is about (section 5.4.4), and the upstream is to find its own words in it. Thread-safe.
/// </summary>
internal sealed class ChangedMessages
{
    private const int Kept = 256;
    private const int QuotedBytes = 64;

    private readonly Queue<(uint Xid, int Length, byte[] Original)> _last = new();

    public void Add(ReadOnlySpan<byte> wire, ReadOnlySpan<byte> original)
    {
        var beginning = original[..Math.Min(original.Length, QuotedBytes)].ToArray();
        lock (_last)
        {
            if (_last.Count == Kept)
                _last.Dequeue();
            _last.Enqueue((OpenFlowFields.U32(wire, OpenFlowFields.Xid), wire.Length, beginning));
        }
    }

    /// <summary>The ERROR with the upstream's message quoted in place of what went out; null where that was the upstream's.</summary>
    public byte[]? Restore(ReadOnlySpan<byte> error)
    {
        if (error.Length < OpenFlowFields.ErrorData + OpenFlowFields.Body)
            return null;
        var quoted = error[OpenFlowFields.ErrorData..];
        if (Find(OpenFlowFields.U32(quoted, OpenFlowFields.Xid), OpenFlowFields.U16(quoted, OpenFlowFields.Length)) is not { } original)
            return null;
        byte[] restored = [.. error[..OpenFlowFields.ErrorData], .. original];
        OpenFlowFields.Write(restored, OpenFlowFields.Length, restored.Length);
        return restored;
    }

    private byte[]? Find(uint xid, int length)
    {
        lock (_last)
            return _last.LastOrDefault(message => message.Xid == xid && message.Length == length).Original;
    }
}
