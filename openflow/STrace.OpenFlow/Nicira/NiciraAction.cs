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
    private const ushort Resubmit = 1; // NXAST_RESUBMIT
    private const ushort RegisterMove = 6; // NXAST_REG_MOVE
    private const ushort RegisterLoad = 7; // NXAST_REG_LOAD
    private const ushort Note = 8; // NXAST_NOTE
    private const ushort ResubmitTable = 14; // NXAST_RESUBMIT_TABLE
    private const ushort ConnectionTracking = 35; // NXAST_CT
    private const ushort AddressTranslation = 36; // NXAST_NAT

    /// <summary>Reads an action; null when it is another vendor's, of a kind that is not recognised, or malformed.</summary>
    public static NiciraAction? Of(VendorAction action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (action.Vendor != NiciraMessage.VendorId)
            return null;
        var reader = new WireReader(action.Data.Span, MessageType.Vendor, 0);
        try
        {
            NiciraAction? read = reader.ReadUInt16() switch
            {
                Resubmit => NiciraResubmitAction.Read(ref reader, hasTable: false),
                RegisterMove => NiciraRegisterMoveAction.Read(ref reader),
                RegisterLoad => NiciraRegisterLoadAction.Read(ref reader),
                Note => new NiciraNoteAction(reader.ReadRest()),
                ResubmitTable => NiciraResubmitAction.Read(ref reader, hasTable: true),
                ConnectionTracking => NiciraConnectionTrackingAction.Read(ref reader),
                AddressTranslation => NiciraAddressTranslationAction.Read(ref reader),
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
        action is VendorAction { Vendor: NiciraMessage.VendorId, Data: { Length: >= sizeof(ushort) } data }
        && BinaryPrimitives.ReadUInt16BigEndian(data.Span) == ConnectionTracking;
}
