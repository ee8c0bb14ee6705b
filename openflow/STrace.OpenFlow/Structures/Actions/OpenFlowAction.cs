namespace STrace.OpenFlow;

/// <summary>What a rule does with a packet (<c>ofp_action_header</c>, section 5.2.4). Written as <c>ovs-ofctl</c> writes it.</summary>
public abstract record OpenFlowAction
{
    //  0      2     4
    // +------+-----+------ - -
    // | type | len | body
    // +------+-----+------ - -
    private const int LengthOffset = 2;
    private const int HeaderLength = 4;
    private const int Alignment = 8;

    /// <summary>Which action.</summary>
    public abstract ActionType Type { get; }

    internal abstract void WriteBody(WireWriter writer);

    /// <summary>Reads actions up to the end of the message or of the part entered.</summary>
    internal static IReadOnlyList<OpenFlowAction> ReadAll(ref WireReader reader)
    {
        var actions = new List<OpenFlowAction>();
        while (reader.Remaining > 0)
            actions.Add(Read(ref reader));
        return actions;
    }

    internal static void WriteAll(WireWriter writer, IReadOnlyList<OpenFlowAction> actions)
    {
        foreach (var action in actions)
            action.Write(writer);
    }

    private static OpenFlowAction Read(ref WireReader reader)
    {
        var type = (ActionType)reader.ReadUInt16();
        var length = reader.ReadUInt16();
        if (length < Alignment || length % Alignment != 0)
            throw reader.Error($"action {type} announces {length} bytes, not a multiple of {Alignment}");

        var outerEnd = reader.Enter(length - HeaderLength);
        OpenFlowAction action = type switch
        {
            ActionType.Output => OutputAction.Read(ref reader),
            ActionType.SetVlanVid => SetVlanVidAction.Read(ref reader),
            ActionType.SetVlanPcp => SetVlanPcpAction.Read(ref reader),
            ActionType.StripVlan => StripVlanAction.Read(ref reader),
            ActionType.SetDlSrc => SetDlSrcAction.Read(ref reader),
            ActionType.SetDlDst => SetDlDstAction.Read(ref reader),
            ActionType.SetNwSrc => SetNwSrcAction.Read(ref reader),
            ActionType.SetNwDst => SetNwDstAction.Read(ref reader),
            ActionType.SetNwTos => SetNwTosAction.Read(ref reader),
            ActionType.SetTpSrc => SetTpSrcAction.Read(ref reader),
            ActionType.SetTpDst => SetTpDstAction.Read(ref reader),
            ActionType.Enqueue => EnqueueAction.Read(ref reader),
            ActionType.Vendor => VendorAction.Read(ref reader),
            _ => throw reader.Error($"unknown action type {(ushort)type}"),
        };
        reader.Leave(outerEnd);
        return action;
    }

    private void Write(WireWriter writer)
    {
        var start = writer.Position;
        writer.WriteUInt16((ushort)Type);
        writer.WriteUInt16(0);
        WriteBody(writer);
        var length = writer.Position - start;
        if (length % Alignment != 0)
            throw new ArgumentException($"action {this} has {length} bytes, not a multiple of {Alignment}");
        writer.PatchUInt16(start + LengthOffset, length);
    }
}
