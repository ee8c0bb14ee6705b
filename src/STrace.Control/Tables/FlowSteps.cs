using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>OpenFlow 1.0 actions (section 5.2.4), Nicira's among them, as the walk of a packet knows them.</summary>
internal static class FlowSteps
{
    /// <summary>Those of a rule of which it is not known whether it takes a packet.</summary>
    public static readonly FlowStep[] Unknown = [new(FlowStepKind.Unknown)];

    public static FlowStep[] Of(IReadOnlyList<OpenFlowAction> actions) => [.. actions.Select(Of)];

    private static FlowStep Of(OpenFlowAction action) => action switch
    {
        OutputAction output => Output(output.Port),
        EnqueueAction enqueue => Output(enqueue.Port),
        SetDlSrcAction set => new FlowStep(FlowStepKind.SetDlSrc, set.Address.Value),
        SetDlDstAction set => new FlowStep(FlowStepKind.SetDlDst, set.Address.Value),
        SetVlanVidAction set => new FlowStep(FlowStepKind.SetVlan, set.VlanId),
        SetVlanPcpAction set => new FlowStep(FlowStepKind.SetVlanPriority, set.Priority),
        StripVlanAction => new FlowStep(FlowStepKind.StripVlan),
        SetNwTosAction set => new FlowStep(FlowStepKind.SetTos, set.TypeOfService),
        SetNwSrcAction set => new FlowStep(FlowStepKind.SetSource, set.Address.Value),
        SetNwDstAction set => new FlowStep(FlowStepKind.SetDestination, set.Address.Value),
        SetTpSrcAction set => new FlowStep(FlowStepKind.SetSourcePort, set.Port),
        SetTpDstAction set => new FlowStep(FlowStepKind.SetDestinationPort, set.Port),
        VendorAction vendor => Of(vendor),
        _ => new FlowStep(FlowStepKind.Other),
    };

    private static FlowStep Of(VendorAction action) => NiciraAction.Of(action) switch
    {
        NiciraRegisterLoadAction { FirstBit: 0 } load when load.BitCount == NiciraField.BitCount(load.Destination) => load.Destination switch
        {
            NiciraField.EthSrc => new FlowStep(FlowStepKind.SetDlSrc, load.Value),
            NiciraField.EthDst => new FlowStep(FlowStepKind.SetDlDst, load.Value),
            NiciraField.IpSrc => new FlowStep(FlowStepKind.SetSource, load.Value),
            NiciraField.IpDst => new FlowStep(FlowStepKind.SetDestination, load.Value),
            NiciraField.TcpSrc or NiciraField.UdpSrc => new FlowStep(FlowStepKind.SetSourcePort, load.Value),
            NiciraField.TcpDst or NiciraField.UdpDst => new FlowStep(FlowStepKind.SetDestinationPort, load.Value),
            _ => Register(load.Destination),
        },
        NiciraRegisterLoadAction load => Register(load.Destination),
        NiciraRegisterMoveAction move => Register(move.Destination),
        _ => new FlowStep(AddressChange.IsHarmless(action) ? FlowStepKind.Other : FlowStepKind.Unknown),
    };

    /// <summary>A register is no part of the packet.</summary>
    private static FlowStep Register(uint destination) =>
        new(NiciraField.IsRegister(destination) ? FlowStepKind.Other : FlowStepKind.Unknown);

    private static FlowStep Output(ushort port) => port switch
    {
        PortNumber.InPort => new FlowStep(FlowStepKind.OutputInPort),
        PortNumber.Flood or PortNumber.All => new FlowStep(FlowStepKind.Flood),
        PortNumber.Normal => new FlowStep(FlowStepKind.Normal),
        PortNumber.Controller => new FlowStep(FlowStepKind.Controller),
        PortNumber.Table => new FlowStep(FlowStepKind.Table),
        PortNumber.Local or PortNumber.None => new FlowStep(FlowStepKind.Other),
        _ => new FlowStep(FlowStepKind.Output, port),
    };
}
