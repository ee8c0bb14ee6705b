using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>OpenFlow 1.0 actions (section 5.2.4) as the walk of a packet knows them.</summary>
internal static class FlowSteps
{
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
        _ => new FlowStep(FlowStepKind.Other),
    };

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
