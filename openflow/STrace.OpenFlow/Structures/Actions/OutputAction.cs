namespace STrace.OpenFlow;

/// <summary>Sends the packet out of a port (<c>ofp_action_output</c>, section 5.2.4).</summary>
/// <param name="Port">A port or one of <see cref="PortNumber"/>.</param>
/// <param name="MaxLength">How many bytes go to the controller, where the port is the controller.</param>
public sealed record OutputAction(ushort Port, ushort MaxLength = 0) : OpenFlowAction
{
    //  4      6         8
    // +------+---------+
    // | port | max_len |
    // +------+---------+

    /// <inheritdoc/>
    public override ActionType Type => ActionType.Output;

    /// <summary><c>output:3</c>, <c>FLOOD</c>, <c>CONTROLLER:128</c>.</summary>
    public override string ToString() => Port switch
    {
        PortNumber.Controller => $"CONTROLLER:{MaxLength}",
        >= PortNumber.InPort => PortNumber.Format(Port),
        _ => $"output:{Port}",
    };

    internal static OutputAction Read(ref WireReader reader) => new(reader.ReadUInt16(), reader.ReadUInt16());

    internal override void WriteBody(WireWriter writer)
    {
        writer.WriteUInt16(Port);
        writer.WriteUInt16(MaxLength);
    }
}
