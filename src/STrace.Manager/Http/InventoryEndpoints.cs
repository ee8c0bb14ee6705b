using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using STrace.Control;

namespace STrace.Manager;

/// <summary>Who is there: hosts with an agent, switches with a channel.</summary>
internal static class InventoryEndpoints
{
    public static void MapInventory(this IEndpointRouteBuilder api)
    {
        api.MapGet("/hosts", (AgentRegistry agents) => agents.All.Select(a =>
            new HostInfo(a.Host.Name, a.Connected, a.Host.Addresses, a.Armed, a.BlocksReceived)));
        api.MapGet("/switches", (SwitchRegistry switches) => switches.Snapshot().Select(s => new SwitchInfo(
            $"{s.Dpid:x16}", true, s.Peer.ToString()!, s.Description?.Datapath ?? "",
            [.. s.Ports.Select(p => new SwitchPort(p.Number, p.Name, p.HardwareAddress.ToString()))])));
    }
}
