namespace STrace.Model;

/// <summary>What one action of a rule does.</summary>
public enum FlowStepKind
{
    /// <summary>Sends the packet out of the port that the value names.</summary>
    Output,

    /// <summary>Sends it out of the port at which it entered.</summary>
    OutputInPort,

    /// <summary>Sends it out of all ports but that at which it entered: <c>FLOOD</c>, <c>ALL</c>.</summary>
    Flood,

    /// <summary>Sends it as a switch without OpenFlow would.</summary>
    Normal,

    /// <summary>Sends it to the controller.</summary>
    Controller,

    /// <summary>Puts it through the flow table; only of a PACKET_OUT.</summary>
    Table,

    /// <summary>Sets a field to the value.</summary>
    SetDlSrc,
    SetDlDst,
    SetVlan,
    SetVlanPriority,
    StripVlan,
    SetTos,
    SetSource,
    SetDestination,
    SetSourcePort,
    SetDestinationPort,

    /// <summary>Something that decides neither where packets go nor as what.</summary>
    Other,

    /// <summary>From here on it is not known where the packet goes, or as what.</summary>
    Unknown,
}

/// <summary>One action of a rule; actions are done in order, an output sends the packet as it is by then.</summary>
/// <param name="Value">The port, or the field's new value, an IPv4 address in host order; 0 where there is none.</param>
public readonly record struct FlowStep(FlowStepKind Kind, ulong Value = 0);
