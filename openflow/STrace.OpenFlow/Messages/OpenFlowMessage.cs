namespace STrace.OpenFlow;

/// <summary>
/// An OpenFlow message (<c>ofp_header</c>, section 5.1). Payloads and lists compare by reference: to compare messages encode them.
/// </summary>
public abstract record OpenFlowMessage
{
    /// <summary>The transaction: a reply carries that of its request.</summary>
    public uint Xid { get; init; }

    /// <summary>Which message.</summary>
    public abstract MessageType Type { get; }

    /// <summary>All padding of a decoded message in order, when the peer left something in it; else empty. Copies keep it.</summary>
    internal ReadOnlyMemory<byte> Padding { get; init; }

    /// <summary>Writes what follows the header.</summary>
    internal abstract void Write(WireWriter writer);
}
