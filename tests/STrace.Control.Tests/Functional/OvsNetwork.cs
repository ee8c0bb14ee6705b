using System.Net;

namespace STrace.Control.Tests.Functional;

/// <summary>
/// Two Open vSwitch bridges (userspace datapath, fail-mode secure), linked, with hosts in namespaces of their own: 10.77.0.1
/// in the west, .2 and .3 in the east. Starts Open vSwitch where it does not run, and leaves it running: others may have begun to use it.
/// </summary>
internal sealed class OvsNetwork : IAsyncDisposable
{
    public const ulong West = 0x57_c1;
    public const ulong East = 0x57_c2;
    public const int HostCount = 3;

    private readonly string _name = $"stc{Environment.ProcessId}";

    private OvsNetwork()
    {
    }

    /// <param name="protocols">The bridge's versions: "OpenFlow10", or "[]" for Open vSwitch's own choice.</param>
    public static async Task<OvsNetwork> StartAsync(IPEndPoint controller, string protocols)
    {
        var network = new OvsNetwork();
        try
        {
            await network.BuildAsync(controller, protocols);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public static string Address(int host) => $"10.77.0.{host}";

    /// <summary>A command line that runs on a host.</summary>
    public string On(int host, string command) => $"ip netns exec {Namespace(host)} {command}";

    public Task<string> DumpFlowsAsync(ulong dpid) => Shell.RunAsync($"ovs-ofctl -O OpenFlow10 --no-stats dump-flows {Bridge(dpid)}");

    public async ValueTask DisposeAsync()
    {
        await Shell.TryAsync($"ovs-vsctl --timeout=10 --if-exists del-br {Bridge(West)} -- --if-exists del-br {Bridge(East)}");
        for (var host = 1; host <= HostCount; host++)
        {
            await Shell.TryAsync($"ip link del {Link(host)}");
            await Shell.TryAsync($"ip netns del {Namespace(host)}");
        }
    }

    private async Task BuildAsync(IPEndPoint controller, string protocols)
    {
        if (!await Shell.TryAsync("ovs-vsctl --timeout=5 show"))
            await Shell.RunAsync("/usr/share/openvswitch/scripts/ovs-ctl start --system-id=random >/dev/null 2>&1");

        foreach (var (dpid, neighbour) in ((ulong, ulong)[])[(West, East), (East, West)])
        {
            await Shell.RunAsync(
                $"ovs-vsctl --timeout=10 add-br {Bridge(dpid)} " +
                $"-- set bridge {Bridge(dpid)} datapath_type=netdev protocols={protocols} fail-mode=secure " +
                $"other-config:datapath-id={dpid:x16} other-config:disable-in-band=true " +
                $"-- add-port {Bridge(dpid)} {Bridge(dpid)}l " +
                $"-- set interface {Bridge(dpid)}l type=patch options:peer={Bridge(neighbour)}l");
        }
        for (var host = 1; host <= HostCount; host++)
        {
            await Shell.RunAsync($"ip netns add {Namespace(host)}");
            await Shell.RunAsync($"ip link add {Link(host)} type veth peer name eth0 netns {Namespace(host)}");
            await Shell.RunAsync($"ip link set {Link(host)} up");
            await Shell.RunAsync($"ovs-vsctl --timeout=10 add-port {Bridge(host == 1 ? West : East)} {Link(host)}");
            await Shell.RunAsync(On(host, "ip link set lo up"));
            await Shell.RunAsync(On(host, $"ip addr add {Address(host)}/24 dev eth0"));
            await Shell.RunAsync(On(host, "ip link set eth0 up"));
            await Shell.RunAsync(On(host, "ip route add 200.200.200.0/24 dev eth0"));

            // The userspace datapath sees TCP checksums as the host left them.
            await Shell.RunAsync(On(host, "ethtool -K eth0 tx off"));
        }
        foreach (var dpid in (ulong[])[West, East])
            await Shell.RunAsync($"ovs-vsctl --timeout=10 set-controller {Bridge(dpid)} tcp:{controller}");
    }

    private string Bridge(ulong dpid) => _name + (dpid == West ? "w" : "e");

    private string Namespace(int host) => $"{_name}-{host}";

    private string Link(int host) => $"{_name}p{host}";
}
