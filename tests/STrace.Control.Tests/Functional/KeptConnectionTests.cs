using System.Diagnostics;
using System.Globalization;
using STrace.TestKit;

namespace STrace.Control.Tests.Functional;

/// <summary>Connections that were there before a session go on through its start and its end.</summary>
[Trait("Category", "Functional")]
[Collection("Open vSwitch")]
public sealed class KeptConnectionTests
{
    private const int Client = 1;
    private const int Server = 2;
    private const int Sessions = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [FunctionalFact]
    public async Task SessionStartAndStop_ConnectionsThroughTheNat_SeeNoResetAndNoTimeout()
    {
        var entry = new NatEntryOptions($"{OvsNetwork.East:x}", "200.200.200.200:8080", $"{OvsNetwork.Address(Server)}:80");
        Assert.True(NatOptionsValidator.TryParse([entry], out var nat, out _));
        var ports = new DatastorePorts();
        await using var controller = new RunningController(nat: nat, time: TimeProvider.System, datastores: ports);
        await using var network = await OvsNetwork.StartAsync(controller.Endpoint, "OpenFlow10", OvsRole.HostsAndDatastores);
        await Eventually.TrueAsync(() => controller.Registry.Connected.Count == 2, "both switches are up");
        ports.Set(OvsNetwork.West, OvsNetwork.DatastorePort);
        ports.Set(OvsNetwork.East, OvsNetwork.DatastorePort);
        foreach (var host in (int[])[Client, Server])
            await ShowLossAsTimeoutAsync(network, host);

        var program = $"/usr/bin/python3 -u {AppContext.BaseDirectory}Functional/keepalive.py";
        using var server = Shell.Start(network.On(Server, $"{program} serve 80"));
        Assert.Equal("serving", await server.StandardOutput.ReadLineAsync().WaitAsync(Patience));
        using var client = Shell.Start(network.On(Client, $"{program} call 200.200.200.200:8080 {OvsNetwork.Address(Server)}:80"));
        try
        {
            await MoveAsync(client);
            var before = await TroubleAsync(network);
            for (var session = 0; session < Sessions; session++)
            {
                foreach (var recording in (bool[])[true, false])
                {
                    ports.Recording = recording;
                    await controller.Controller.ForgetFlowsAsync(ports.Switches, CancellationToken.None);
                    await MoveAsync(client);
                }
            }
            Assert.Equal(before, await TroubleAsync(network));
        }
        finally
        {
            client.Kill(entireProcessTree: true);
            server.Kill(entireProcessTree: true);
        }
    }

    /// <summary>A timeout longer than any delay of a busy machine, and no probe that would repair a loss before it.</summary>
    private static async Task ShowLossAsTimeoutAsync(OvsNetwork network, int host)
    {
        await Shell.RunAsync(network.On(host, "sysctl -qw net.ipv4.tcp_early_retrans=0"));
        await Shell.RunAsync(network.On(host, "ip route change 10.77.0.0/24 dev eth0 rto_min 5s"));
        await Shell.RunAsync(network.On(host, "ip route change 200.200.200.0/24 dev eth0 rto_min 5s"));
    }

    private static async Task MoveAsync(Process client)
    {
        await client.StandardInput.WriteLineAsync("go");
        await client.StandardInput.FlushAsync();
        var answer = await client.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        Assert.True(answer == "ok", answer ?? await client.StandardError.ReadToEndAsync());
    }

    /// <summary>What the kernels of both ends counted: resets sent and retransmission timeouts (proc_net_snmp and netstat).</summary>
    private static async Task<string> TroubleAsync(OvsNetwork network)
    {
        var trouble = new List<string>();
        foreach (var host in (int[])[Client, Server])
        {
            var lines = (await Shell.RunAsync(network.On(host, "cat /proc/net/snmp /proc/net/netstat"))).Split('\n');
            foreach (var (table, counter) in ((string, string)[])[("Tcp:", "OutRsts"), ("Tcp:", "EstabResets"), ("TcpExt:", "TCPTimeouts")])
            {
                string[][] rows = [.. lines.Select(line => line.Split(' ')).Where(row => row[0] == table)];
                var count = long.Parse(rows[1][Array.IndexOf(rows[0], counter)], CultureInfo.InvariantCulture);
                trouble.Add($"host {host} {counter} {count}");
            }
        }
        return string.Join(", ", trouble);
    }
}
