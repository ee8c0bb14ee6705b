using STrace.Model;

namespace STrace.Benchmarks;

/// <summary>A connection between two of the shop's hosts.</summary>
internal sealed class ShopConnection
{
    private const int FirstPort = 32_768;
    private const int Ports = 28_000;

    /// <param name="number">Of this connection among all; the client's port follows from it.</param>
    public ShopConnection((string Name, string Address) client, (string Name, string Address) server, ushort port, int number, int descriptor)
    {
        var from = new Endpoint(IpAddress.Parse(client.Address), (ushort)(FirstPort + number % Ports));
        var to = new Endpoint(IpAddress.Parse(server.Address), port);
        Client = new ShopEnd(End(client.Name, from, to, number), descriptor);
        Server = new ShopEnd(End(server.Name, to, from, number), descriptor);
    }

    public ShopEnd Client { get; }
    public ShopEnd Server { get; }

    private static Channel End(string host, Endpoint local, Endpoint peer, int number) => new()
    {
        Host = host,
        Kind = ChannelKind.Socket,
        Id = $"8:{number}",
        Protocol = FlowTuple.Tcp,
        Local = local,
        Peer = peer,
    };
}
