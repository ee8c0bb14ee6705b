using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// The learning switch's rule for a pair of hosts. There is one for nearly every packet that comes: the codec writes it once, and what differs
/// is put over it. Not thread-safe.
/// </summary>
internal sealed class LearningRule
{
    public const ushort Priority = 100;
    public const ushort IdleTimeoutSeconds = 60;

    private readonly byte[] _frame = OpenFlowCodec.Encode(Message(0, default, default, 0, 0));

    /// <summary>The rule as a message without its xid.</summary>
    /// <param name="bufferId">The packet that goes by the rule at once, or <see cref="OpenFlowConstants.NoBuffer"/>.</param>
    public static FlowModMessage Message(ushort inPort, MacAddress source, MacAddress destination, ushort output, uint bufferId) => new()
    {
        Match = new Match { InPort = inPort, DlSrc = source, DlDst = destination },
        Priority = Priority,
        IdleTimeoutSeconds = IdleTimeoutSeconds,
        Flags = FlowModFlags.SendFlowRemoved,
        BufferId = bufferId,
        Actions = [new OutputAction(output)],
    };

    /// <summary>The bytes of <see cref="Message"/>; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Write(uint xid, ushort inPort, MacAddress source, MacAddress destination, ushort output, uint bufferId)
    {
        var frame = _frame.AsSpan();
        OpenFlowFields.Write(frame, OpenFlowFields.Xid, xid);
        OpenFlowFields.Write(frame, OpenFlowFields.FlowModInPort, inPort);
        source.Write(frame[OpenFlowFields.FlowModDlSrc..]);
        destination.Write(frame[OpenFlowFields.FlowModDlDst..]);
        OpenFlowFields.Write(frame, OpenFlowFields.FlowModBufferId, bufferId);
        OpenFlowFields.Write(frame, OpenFlowFields.FlowModActions + OpenFlowFields.ActionPort, output);
        return _frame;
    }
}
