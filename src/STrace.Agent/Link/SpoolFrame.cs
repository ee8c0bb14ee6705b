namespace STrace.Agent;

/// <summary>An encoded frame with the records in it.</summary>
/// <param name="Rented">The pool's buffer that it lies in; null when it is the garbage collector's.</param>
internal sealed record SpoolFrame(ReadOnlyMemory<byte> Bytes, int Records, byte[]? Rented = null)
{
    /// <summary>A frame that stands before it, and is sent once at most; null when there is none. Owned by the spool, as the next.</summary>
    public byte[]? Before { get; set; }

    public bool BeforeLent { get; set; }

    public int Length => Bytes.Length + (Before?.Length ?? 0);
}

/// <summary>Buffers of one size that go round between the drain thread and the link. Any thread.</summary>
internal sealed class BufferPool
{
    private const int MostIdle = 16;

    private readonly Stack<byte[]> _idle = [];

    public byte[] Rent()
    {
        lock (_idle)
        {
            if (_idle.TryPop(out byte[]? buffer))
                return buffer;
        }
        return GC.AllocateUninitializedArray<byte>(PendingBlock.BufferBytes);
    }

    public void Return(byte[]? buffer)
    {
        lock (_idle)
        {
            if (buffer?.Length == PendingBlock.BufferBytes && _idle.Count < MostIdle)
                _idle.Push(buffer);
        }
    }
}
