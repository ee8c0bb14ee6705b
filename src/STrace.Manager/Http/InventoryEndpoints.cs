using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using STrace.Control;
using STrace.Storage;

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
        api.MapGet("/topology", (INetworkControl network, AgentRegistry agents, ManagerOptions options) =>
        {
            bool isOurs = options.Upstreams.Count == 0; // else the links are seen, and others decide what they carry
            TopologySnapshot known = network.Topology.Snapshot();
            return new TopologyInfo(
                ledger.All,
                [.. known.Links.Concat(known.LostLinks).OrderBy(l => l.From).ThenBy(l => l.To).Select(l => Link(l, isOurs))],
                [.. known.Hosts.Select(h => new LocatedHost(
                    h.Address.ToString(), $"{h.At.Dpid:x16}", h.At.Port, h.Ip?.ToString(), Agents(agents).FirstOrDefault(a => Is(a, h))?.Host.Name))],
                [.. agents.All.Where(a => a.Ports.Count > 0).Select(a => new DatastoreInfo(
                    a.Host.Name, a.Connected, [.. a.Ports.Select(p => new DatastorePortInfo($"{p.Dpid:x16}", p.Port, p.Interface))]))]);
        });
        api.MapGet("/sessions/{name}/switches", (string name, ISessionStore store, SessionReader reader) =>
            SwitchTrafficReader.Read(reader.Messages(name, store.Open(name))).Select(Traffic));
    }

    private static SessionSwitchInfo Traffic(SwitchTraffic s) => new(
        $"{s.Dpid:x16}", s.FromNs?.ToString(CultureInfo.InvariantCulture), s.UntilNs?.ToString(CultureInfo.InvariantCulture), !s.Silent, s.Rules, s.Packets, s.Bytes, s.Misses,
        [.. s.Ports.Select(p => new SessionPortInfo(p.Port, p.Received, p.Sent, p.Dropped, p.Errors))]);

    private static IEnumerable<AgentConnection> Agents(AgentRegistry agents) => agents.All.Where(a => a.Ports.Count == 0);

    public static string Ns(DateTimeOffset time) => $"{(time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick}";

    private static bool Is(AgentConnection agent, EdgeHost host) => host.Ip is { } ip && agent.Host.Addresses.Contains(ip.ToString());

    private static LinkInfo Link(SwitchLink link, bool isOurs) => new(
        Port(link.From), Port(link.To), link.Loss is null ? "up" : "down", Ns(link.Since),
        link.Loss switch
        {
            LinkLoss.PortDown => "port-down",
            LinkLoss.SwitchGone => "switch-gone",
            LinkLoss.Silent => "silent",
            _ => null,
        },
        isOurs ? link.Floods : link.Loss is null);

    private static PortInfo Port(SwitchPort port) => new($"{port.Dpid:x16}", port.Port);
}
