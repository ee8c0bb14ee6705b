using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Whether a stage has what a plan needs.</summary>
internal static class ReplayCheck
{
    /// <exception cref="ControlException">A switch, a port or a datastore is missing; in one sentence.</exception>
    public static void Demand(ReplayPlan plan, IReplayStage stage)
    {
        foreach (var steps in plan.Steps.GroupBy(step => step.Dpid).OrderBy(steps => steps.Key))
        {
            var dpid = steps.Key;
            var recorded = plan.Topology.Ports.GetValueOrDefault(dpid) ?? [];
            if (stage.Ports(dpid) is not { } present)
                throw Mismatch($"switch {dpid:x16} is not connected", recorded);

            foreach (var port in steps.SelectMany(step => Used(step, recorded)).Distinct().Order())
            {
                if (!present.Contains(port))
                    throw Mismatch($"switch {dpid:x16} has no port {port}", recorded);
            }
            foreach (var port in steps.OfType<InjectFrame>().Select(step => step.At).Distinct().OrderBy(port => port.Port))
            {
                if (!stage.CanInject(port))
                    throw Mismatch($"no datastore stands at port {port.Port} of switch {dpid:x16}, where frames entered", recorded);
            }
        }
    }

    /// <summary>The ports that a step speaks of; of those of rules only what the recorded switch had itself.</summary>
    private static IEnumerable<ushort> Used(ReplayStep step, IReadOnlyCollection<ushort> recorded) => step switch
    {
        InjectFrame frame => [frame.Port],
        InstallRule rule => Outputs(rule.Message.Actions).Append(rule.Message.Match.InPort ?? PortNumber.None).Where(recorded.Contains),
        SendPacket packet => Outputs(packet.Message.Actions).Append(packet.Message.InPort).Where(recorded.Contains),
        _ => [],
    };

    private static IEnumerable<ushort> Outputs(IEnumerable<OpenFlowAction> actions) => actions.Select(action => action switch
    {
        OutputAction output => output.Port,
        EnqueueAction enqueue => enqueue.Port,
        _ => PortNumber.None,
    });

    private static ControlException Mismatch(string what, IReadOnlyCollection<ushort> recorded) =>
        new($"the replay network is not the recorded one: {what} (recorded ports: {string.Join(", ", recorded)})");
}
