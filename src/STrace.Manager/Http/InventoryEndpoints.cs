using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using STrace.Control;

namespace STrace.Manager;

/// <summary>Who is there: hosts with an agent, switches with a channel.</summary>
internal static class InventoryEndpoints
{
    public static void MapInventory(this IEndpointRouteBuilder api)
    {
        var ledger = new SwitchLedger(
            api.ServiceProvider.GetRequiredService<SwitchRegistry>(), api.ServiceProvider.GetRequiredService<TimeProvider>());
        api.MapGet("/hosts", (AgentRegistry agents, INetworkControl network) =>
        {
            IReadOnlyList<EdgeHost> located = network.Topology.Snapshot().Hosts;
            return Agents(agents).Select(a => HostAnswer.Of(a) with
            {
                At = located.Where(h => Is(a, h)).Select(h => Port(h.At)).FirstOrDefault(),
            });
        });
        api.MapGet("/hosts/{name}/processes", (string name, AgentRegistry agents) =>
            (Agents(agents).FirstOrDefault(a => a.Host.Name == name)
                ?? throw new ManagerException(ManagerError.No, $"no agent of host '{name}' has connected"))
            .Status.Processes?.Select(HostAnswer.Of) ?? []);
        api.MapGet("/switches", () => ledger.All);
        api.MapGet("/topology", (INetworkControl network, AgentRegistry agents) =>
        {
            TopologySnapshot known = network.Topology.Snapshot();
            return new TopologyInfo(
                ledger.All,
                [.. known.Links.Concat(known.LostLinks).Select(Link)],
                [.. known.Hosts.Select(h => new LocatedHost(
                    h.Address.ToString(), $"{h.At.Dpid:x16}", h.At.Port, h.Ip?.ToString(), Agents(agents).FirstOrDefault(a => Is(a, h))?.Host.Name))],
                [.. agents.All.Where(a => a.Ports.Count > 0).Select(a => new DatastoreInfo(
                    a.Host.Name, a.Connected, [.. a.Ports.Select(p => new DatastorePortInfo($"{p.Dpid:x16}", p.Port, p.Interface))]))]);
        });
    }

    private static IEnumerable<AgentConnection> Agents(AgentRegistry agents) => agents.All.Where(a => a.Ports.Count == 0);

    public static string Ns(DateTimeOffset time) => $"{(time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick}";

    private static bool Is(AgentConnection agent, EdgeHost host) => host.Ip is { } ip && agent.Host.Addresses.Contains(ip.ToString());

    private static LinkInfo Link(SwitchLink link) => new(
        Port(link.From), Port(link.To), link.Loss is null ? "up" : "down", Ns(link.Since),
        link.Loss switch
        {
            LinkLoss.PortDown => "port-down",
            LinkLoss.SwitchGone => "switch-gone",
            LinkLoss.Silent => "silent",
            _ => null,
        },
        link.Floods);

    private static PortInfo Port(SwitchPort port) => new($"{port.Dpid:x16}", port.Port);
}
