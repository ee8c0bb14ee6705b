namespace STrace.Control;

/// <summary>
/// Keeps the xids on one connection to a switch apart. Those of the first upstream go through as they are, unless the manager
/// uses them for messages of its own or for this; all others get one in their place. The last 65,536 are known. Thread-safe.
/// </summary>
internal sealed class XidTable
{
    private const uint First = 0xff00_0000;
    private const int Count = 1 << 16;

    private ulong[]? _originals;
    private uint _last;

    /// <summary>The xid under which the message goes to the switch.</summary>
    public uint Translate(int upstream, uint xid)
    {
        if (upstream == 0 && xid < First && !Datapath.IsOwnXid(xid))
            return xid;
        var originals = LazyInitializer.EnsureInitialized(ref _originals, () => new ulong[Count]);
        var place = Interlocked.Increment(ref _last) % Count;
        Volatile.Write(ref originals[place], ((ulong)upstream << 32) | xid);
        return First + place;
    }

    /// <summary>Who asked, and under which xid.</summary>
    public (int Upstream, uint Xid) Restore(uint xid)
    {
        if (xid - First >= Count || _originals is not { } originals)
            return (0, xid);
        var original = Volatile.Read(ref originals[xid - First]);
        return ((int)(original >> 32), (uint)original);
    }
}
