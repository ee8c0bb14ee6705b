namespace STrace.Model;

/// <summary>The addresses of a flow in one direction, as a packet carries them; for a connection start, client to server.</summary>
/// <param name="Protocol">IP protocol number: 6 TCP, 17 UDP.</param>
public readonly record struct FlowTuple(byte Protocol, Endpoint Source, Endpoint Destination)
{
    public const byte Tcp = 6;
    public const byte Udp = 17;

    public FlowTuple Reversed => new(Protocol, Destination, Source);

    public override string ToString() => $"{Source}->{Destination}";
}
