using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using STrace.Control;

namespace STrace.Manager;

/// <summary>Who is there: hosts with an agent, switches with a channel.</summary>
internal static class InventoryEndpoints
{
    public static void MapInventory(this IEndpointRouteBuilder api)
    {
        api.MapGet("/hosts", (AgentRegistry agents) => Agents(agents).Select(HostAnswer.Of));
        api.MapGet("/hosts/{name}/processes", (string name, AgentRegistry agents) =>
            (Agents(agents).FirstOrDefault(a => a.Host.Name == name)
                ?? throw new ManagerException(ManagerError.No, $"no agent of host '{name}' has connected"))
            .Status.Processes?.Select(HostAnswer.Of) ?? []);
        api.MapGet("/switches", (SwitchRegistry switches) => switches.Snapshot().Select(s => new SwitchInfo(
            $"{s.Dpid:x16}", true, s.Peer.ToString()!, s.Description?.Datapath ?? "",
            [.. s.Ports.Select(p => new SwitchPortInfo(p.Number, p.Name, p.HardwareAddress.ToString()))])));
        api.MapGet("/topology", (Controller controller, AgentRegistry agents) =>
        {
            TopologySnapshot known = controller.Topology.Snapshot();
            return new TopologyInfo(
                [.. known.Links.Select(l => new LinkInfo(Port(l.From), Port(l.To)))],
                [.. known.Hosts.Select(h => new LocatedHost(h.Address.ToString(), $"{h.At.Dpid:x16}", h.At.Port))],
                [.. agents.All.Where(a => a.Ports.Count > 0).Select(a => new DatastoreInfo(
                    a.Host.Name, a.Connected, [.. a.Ports.Select(p => new DatastorePortInfo($"{p.Dpid:x16}", p.Port, p.Interface))]))]);
        });
    }

    private static IEnumerable<AgentConnection> Agents(AgentRegistry agents) => agents.All.Where(a => a.Ports.Count == 0);

    private static PortInfo Port(SwitchPort port) => new($"{port.Dpid:x16}", port.Port);
}
