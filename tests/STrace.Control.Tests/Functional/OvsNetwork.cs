using System.Net;

namespace STrace.Control.Tests.Functional;

/// <summary>
/// Two Open vSwitch bridges (userspace datapath, fail-mode secure), linked by their ports 1, with hosts in namespaces of their
/// own: 10.77.0.1 in the west, .2 and .3 in the east, host n on port 1 + n. Starts Open vSwitch where it does not run, and
/// leaves it running: others may have begun to use it. One of each role at a time: tests that use it are one collection.
/// </summary>
internal sealed class OvsNetwork : IAsyncDisposable
{
    public const ulong West = 0x57_c1;
    public const ulong East = 0x57_c2;
    public const int HostCount = 3;
    public const ushort DatastorePort = 9;
    private const ushort LinkPort = 1;

    private readonly string _name;
    private readonly OvsRole _role;

    private OvsNetwork(OvsRole role)
    {
        _role = role;
        _name = $"st{(role == OvsRole.Replay ? 'r' : 'c')}{Environment.ProcessId}";
    }

    /// <param name="protocols">The bridge's versions: "OpenFlow10", or "[]" for Open vSwitch's own choice.</param>
    public static async Task<OvsNetwork> StartAsync(IPEndPoint controller, string protocols, OvsRole role = OvsRole.Hosts)
    {
        var network = new OvsNetwork(role);
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

    public static SwitchPort PortOf(int host) => new(host == 1 ? West : East, (ushort)(LinkPort + host));

    /// <summary>A command line that runs on a host.</summary>
    public string On(int host, string command) => $"ip netns exec {Namespace(host)} {command}";

    /// <summary>A command line that runs where all datastores stand, each port under its <see cref="InterfaceAt"/>.</summary>
    public string OnDatastore(string command) => $"ip netns exec {DatastoreNamespace} {command}";

    public static string InterfaceAt(SwitchPort port) => $"{(port.Dpid == West ? 'w' : 'e')}{port.Port}";

    public Task<string> DumpFlowsAsync(ulong dpid) => Shell.RunAsync($"ovs-ofctl -O OpenFlow10 --no-stats dump-flows {Bridge(dpid)}");

    public async ValueTask DisposeAsync()
    {
        await Shell.TryAsync($"ovs-vsctl --timeout=10 --if-exists del-br {Bridge(West)} -- --if-exists del-br {Bridge(East)}");
        for (var host = 1; host <= HostCount; host++)
        {
            await Shell.TryAsync($"ip link del {Link(PortOf(host))}");
            await Shell.TryAsync($"ip netns del {Namespace(host)}");
        }
        foreach (var dpid in (ulong[])[West, East])
            await Shell.TryAsync($"ip link del {Link(new SwitchPort(dpid, DatastorePort))}");
        await Shell.TryAsync($"ip netns del {DatastoreNamespace}");
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
                $"-- set interface {Bridge(dpid)}l type=patch options:peer={Bridge(neighbour)}l ofport_request={LinkPort}");
        }
        if (_role != OvsRole.Hosts)
            await AddNamespaceAsync(DatastoreNamespace);
        for (var host = 1; host <= HostCount; host++)
        {
            if (_role == OvsRole.Replay)
                await AddDatastoreAsync(PortOf(host));
            else
                await AddHostAsync(host);
        }
        if (_role == OvsRole.HostsAndDatastores)
        {
            await AddDatastoreAsync(new SwitchPort(West, DatastorePort));
            await AddDatastoreAsync(new SwitchPort(East, DatastorePort));
        }
        foreach (var dpid in (ulong[])[West, East])
            await Shell.RunAsync($"ovs-vsctl --timeout=10 set-controller {Bridge(dpid)} tcp:{controller}");
    }

    private async Task AddHostAsync(int host)
    {
        await AddNamespaceAsync(Namespace(host));
        await AddPortAsync(PortOf(host), Namespace(host), "eth0");
        await Shell.RunAsync(On(host, "ip link set lo up"));
        await Shell.RunAsync(On(host, $"ip addr add {Address(host)}/24 dev eth0"));
        await Shell.RunAsync(On(host, "ip route add 200.200.200.0/24 dev eth0"));

        // The userspace datapath sees TCP checksums as the host left them.
        await Shell.RunAsync(On(host, "ethtool -K eth0 tx off"));
    }

    private Task AddDatastoreAsync(SwitchPort port) => AddPortAsync(port, DatastoreNamespace, InterfaceAt(port));

    /// <summary>Without IPv6, whose hosts speak of their own accord.</summary>
    private static async Task AddNamespaceAsync(string name)
    {
        await Shell.RunAsync($"ip netns add {name}");
        await Shell.RunAsync($"ip netns exec {name} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1");
    }

    /// <summary>Nor does the switch's end speak IPv6: the machine itself would be heard by the datastores.</summary>
    private async Task AddPortAsync(SwitchPort port, string space, string device)
    {
        await Shell.RunAsync($"ip link add {Link(port)} type veth peer name {device} netns {space}");
        await Shell.RunAsync($"sysctl -qw net.ipv6.conf.{Link(port)}.disable_ipv6=1");
        await Shell.RunAsync($"ip link set {Link(port)} up");
        await Shell.RunAsync(
            $"ovs-vsctl --timeout=10 add-port {Bridge(port.Dpid)} {Link(port)} -- set interface {Link(port)} ofport_request={port.Port}");
        await Shell.RunAsync($"ip netns exec {space} ip link set {device} up");
    }

    private string Bridge(ulong dpid) => _name + (dpid == West ? "w" : "e");

    private string Namespace(int host) => $"{_name}-{host}";

    private string DatastoreNamespace => $"{_name}-d";

    private string Link(SwitchPort port) => _name + InterfaceAt(port);
}

internal enum OvsRole
{
    Hosts,

    /// <summary>And on each switch a datastore that the mirror goes to.</summary>
    HostsAndDatastores,

    /// <summary>Datastores in the place of the hosts.</summary>
    Replay,
}
