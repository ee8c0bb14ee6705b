using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests;

/// <summary>A NAT switch (dpid 1) with a client on port 1 and a server on port 2, and what they say.</summary>
internal sealed class NatScene : IAsyncDisposable
{
    public static readonly MacAddress ClientMac = MacAddress.Parse("00:00:00:00:00:02");
    public static readonly MacAddress ServerMac = MacAddress.Parse("00:00:00:00:00:04");
    public static readonly MacAddress VirtualMac = MacAddress.Parse("02:53:54:c8:c8:c8");
    public static readonly Ipv4Address Client = Ipv4Address.Parse("10.0.0.2");
    public static readonly Ipv4Address Server = Ipv4Address.Parse("10.0.0.4");
    public static readonly Ipv4Address Virtual = Ipv4Address.Parse("200.200.200.200");

    private NatScene(RunningController controller, ScriptedSwitch peer)
    {
        Controller = controller;
        Peer = peer;
    }

    public RunningController Controller { get; }

    public ScriptedSwitch Peer { get; }

    /// <param name="virtualEnd">"200.200.200.200:8080" or without port.</param>
    /// <param name="realEnds">"10.0.0.4:80" or without port.</param>
    public static async Task<NatScene> StartAsync(string virtualEnd, params string[] realEnds)
    {
        Assert.True(NatOptionsValidator.TryParse([new NatEntryOptions("1", virtualEnd, realEnds)], out var options, out _));
        var controller = new RunningController(nat: options);
        return new NatScene(controller, await controller.SwitchAsync());
    }

    /// <summary>The server shows itself by an ARP request for the client, which is flooded.</summary>
    public async Task ServerSpeaksAsync(ushort port = 2)
    {
        var request = new ArpPacket(ArpPacket.Request, ServerMac, Server, default, Client);
        await Peer.SendAsync(Frames.PacketIn(port, request.ToFrame(MacAddress.Broadcast)));
        Assert.Equal([new OutputAction(PortNumber.Flood)], (await Peer.ExpectAsync<PacketOutMessage>()).Actions);
    }

    /// <summary>The client's segment to the virtual address comes to the controller.</summary>
    public Task ClientCallsAsync(ushort toPort, ushort fromPort = 40000, ushort inPort = 1) =>
        Peer.SendAsync(Frames.PacketIn(inPort, Segment(toPort, fromPort)));

    /// <summary>The server's segment on the connection of <see cref="ClientCallsAsync"/> comes to the controller.</summary>
    public Task ServerAnswersAsync(ushort fromPort, ushort toPort = 40000) =>
        Peer.SendAsync(Frames.PacketIn(2, Frames.Tcp(ServerMac, ClientMac, Server, fromPort, Client, toPort)));

    public static byte[] Segment(ushort toPort, ushort fromPort = 40000) =>
        Frames.Tcp(ClientMac, VirtualMac, Client, fromPort, Virtual, toPort);

    /// <summary>Reads reverse rule, forward rule, barrier and packet.</summary>
    public async Task<(FlowModMessage Reverse, FlowModMessage Forward, PacketOutMessage Packet)> ExpectInstallAsync()
    {
        var reverse = await Peer.ExpectAsync<FlowModMessage>();
        var forward = await Peer.ExpectAsync<FlowModMessage>();
        await Peer.ExpectAsync<BarrierRequestMessage>();
        return (reverse, forward, await Peer.ExpectAsync<PacketOutMessage>());
    }

    public async ValueTask DisposeAsync()
    {
        Peer.Dispose();
        await Controller.DisposeAsync();
    }
}
