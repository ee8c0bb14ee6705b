using System.Buffers.Binary;

namespace STrace.OpenFlow;

/// <summary>
/// What a <see cref="VendorAction"/> of Nicira does (<c>NXAST_*</c> of nicira-ext.h), where it can change addresses or send packets on. A
/// reading of the action, which itself stays as it came. Written as <c>ovs-ofctl</c> writes it.
/// </summary>
public abstract record NiciraAction
{
    //  8         10
    // +---------+------ - -
    // | subtype | body
    // +---------+------ - -

    /// <summary>Which of Nicira's actions it is, known by name or not; null of another vendor's.</summary>
    public static NiciraActionType? TypeOf(VendorAction action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return action is { Vendor: NiciraMessage.VendorId, Data.Length: >= sizeof(ushort) }
            ? (NiciraActionType)BinaryPrimitives.ReadUInt16BigEndian(action.Data.Span)
            : null;
    }

    /// <summary>Reads an action; null when it is another vendor's, of a kind that is not recognised, or malformed.</summary>
    public static NiciraAction? Of(VendorAction action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (action.Vendor != NiciraMessage.VendorId)
            return null;
        var reader = new WireReader(action.Data.Span, MessageType.Vendor, 0);
        try
        {
            NiciraAction? read = (NiciraActionType)reader.ReadUInt16() switch
            {
                NiciraActionType.Resubmit => NiciraResubmitAction.Read(ref reader, hasTable: false),
                NiciraActionType.RegisterMove => NiciraRegisterMoveAction.Read(ref reader),
                NiciraActionType.RegisterLoad => NiciraRegisterLoadAction.Read(ref reader),
                NiciraActionType.Note => new NiciraNoteAction(reader.ReadRest()),
                NiciraActionType.ResubmitTable => NiciraResubmitAction.Read(ref reader, hasTable: true),
                NiciraActionType.OutputRegister => NiciraOutputRegisterAction.Read(ref reader),
                NiciraActionType.ConnectionTracking => NiciraConnectionTrackingAction.Read(ref reader),
                NiciraActionType.AddressTranslation => NiciraAddressTranslationAction.Read(ref reader),
                _ => null,
            };
            return reader.Remaining == 0 ? read : null;
        }
        catch (OpenFlowProtocolException)
        {
            return null;
        }
    }

    /// <summary>Connection tracking does not nest: a chain of it would be read again at every level.</summary>
    internal static bool IsConnectionTracking(OpenFlowAction action) =>
        action is VendorAction vendor && TypeOf(vendor) == NiciraActionType.ConnectionTracking;
}
