using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Fields of Nicira's messages as bytes (nicira-ext.h), as <see cref="OpenFlowFields"/>.</summary>
internal static class NiciraFields
{
    //  8        12        16
    // +--------+---------+------ - -
    // | vendor | subtype | body
    // +--------+---------+------ - -
    public const int Subtype = 12;
    public const int Body = 16;

    // Kinds that are not read whole anywhere
    public const NiciraMessageType SetAsyncConfig = (NiciraMessageType)19;
    public const NiciraMessageType SetControllerId = (NiciraMessageType)20;
    public const NiciraMessageType PacketIn2 = (NiciraMessageType)30;

    /// <summary>Which of Nicira's messages it is; null of any other.</summary>
    public static NiciraMessageType? Type(ReadOnlySpan<byte> frame) =>
        (MessageType)frame[OpenFlowFields.Type] == MessageType.Vendor && frame.Length >= Body &&
        OpenFlowFields.U32(frame, OpenFlowFields.Vendor) == NiciraMessage.VendorId
            ? (NiciraMessageType)OpenFlowFields.U32(frame, Subtype)
            : null;

    /// <summary>A length with what fills it up to a multiple of 8 bytes.</summary>
    public static int Padded(int length) => (length + 7) / 8 * 8;

    public static VendorMessage Message(NiciraMessageType type, ReadOnlySpan<byte> body, uint xid)
    {
        var data = new byte[sizeof(uint) + body.Length];
        OpenFlowFields.Write(data, 0, (uint)type);
        body.CopyTo(data.AsSpan(sizeof(uint)));
        return new VendorMessage { Xid = xid, Vendor = NiciraMessage.VendorId, Data = data };
    }
}
