using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.Manager;

/// <summary>What agents told of their hosts, in the form of the API.</summary>
internal static class HostAnswer
{
    public static HostInfo Of(AgentConnection agent)
    {
        HostStatus status = agent.Status;
        return new HostInfo(
            agent.Host.Name, agent.Connected, agent.Host.Addresses, agent.Armed, agent.BlocksReceived,
            status.LastEventNs == 0 ? null : $"{status.LastEventNs}",
            status.Processes?.Count(p => p.Interposed), status.Processes?.Count(p => !p.Interposed && (p.Traits & ProcessTraits.Matters) != 0),
            status.Loss is { } loss
                ? new AgentStatusInfo(
                    loss.Version, loss.Clock, loss.SpoolBlocks, loss.SpoolBytes, loss.PacketsReceived, loss.PacketsDropped,
                    [.. loss.Counters.Select(c => new LossInfo(c.Reason, c.Total))])
                : null);
    }

    public static ProcessInfo Of(ProcessRecord process) => new(
        process.Pid, process.Ppid, process.Uid, $"{process.StartNs}", process.Program, process.Command, process.Interposed,
        (process.Traits & ProcessTraits.Matters) != 0,
        process.Obstacle == Obstacle.None ? null : process.Obstacle.Word(), Reason(process), Remedy(process),
        (process.Traits & ProcessTraits.IoUring) != 0, [.. process.Listens.Select(Text)]);

    public static string Text(ListeningEndpoint at) => $"{(at.Protocol == FlowTuple.Tcp ? "tcp" : "udp")} {at.Endpoint}";

    private static string? Reason(ProcessRecord process) => process switch
    {
        { Obstacle: not Obstacle.None } => process.Obstacle.Reason(),
        _ when (process.Traits & ProcessTraits.IoUring) != 0 => ObstacleText.IoUring,
        _ => null,
    };

    private static string? Remedy(ProcessRecord process) => process switch
    {
        { Obstacle: not Obstacle.None } => process.Obstacle.Remedy(),
        _ when (process.Traits & ProcessTraits.IoUring) != 0 => ObstacleText.IoUringRemedy,
        _ => null,
    };
}
