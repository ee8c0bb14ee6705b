using System.Buffers.Binary;
using STrace.Capture;
using STrace.Model;

namespace STrace.Agent;

/// <summary>
/// Knows a packet again that the host passes from one interface to the next: a bridge and its port, a VLAN and the interface below it,
/// both ends of a veth pair, the two sides of a router. Recorded twice it would look like a retransmission. A packet that is really
/// sent again comes by the same interface first, and one that the host rewrites (NAT) is another packet.
/// For the capture's thread.
/// </summary>
internal sealed class ForwardedPackets
{
    /// <summary>A packet stays less in the host than a sender waits before it sends again.</summary>
    private const long LongestStayNs = 20_000_000;

    private const int Slots = 1 << 14; // at 300,000 packets a second, those of 50 ms
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    private readonly (ulong Packet, long TimeNs, int Interface)[] _seen = new (ulong, long, int)[Slots];

    /// <summary>Whether another interface has seen it; if not, it is remembered.</summary>
    /// <param name="packet">An IP packet.</param>
    public bool SeenElsewhere(in CapturedPacketHeader header, in DissectedPacket packet, ReadOnlySpan<byte> frame)
    {
        ulong identity = Identity(packet, frame);
        ref var seen = ref _seen[identity >> 50];
        if (seen.Packet == identity && seen.Interface != header.InterfaceIndex && header.TimeNs - seen.TimeNs <= LongestStayNs)
            return true;
        seen = (identity, header.TimeNs, header.InterfaceIndex);
        return false;
    }

    /// <summary>All that a forwarder leaves as it is. Checksums are no part of it: a sender leaves them to its device.</summary>
    private static ulong Identity(in DissectedPacket packet, ReadOnlySpan<byte> frame)
    {
        FlowTuple flow = packet.Flow!.Value;
        ulong hash = Mix(Mix(0, flow.Source.Address.Bits), flow.Destination.Address.Bits);
        hash = Mix(hash, flow.Protocol | (ulong)flow.Source.Port << 8 | (ulong)flow.Destination.Port << 24 | (ulong)packet.IpId << 40);
        hash = Mix(hash, (uint)packet.TotalLength | (ulong)packet.Window << 32 | (ulong)packet.TcpFlags << 48);
        hash = Mix(hash, (uint)packet.FragmentOffset);
        hash = Mix(hash, packet.Sequence | (ulong)packet.Acknowledgment << 32);
        return packet.HasPorts || packet.FragmentOffset > 0
            ? hash
            : Mix(hash, BinaryPrimitives.ReadUInt32BigEndian(frame[(packet.TransportOffset + 4)..])); // an ICMP echo's identifier and number
    }

    private static ulong Mix(ulong hash, UInt128 value) => Mix(Mix(hash, (ulong)(value >> 64)), (ulong)value);

    private static ulong Mix(ulong hash, ulong value)
    {
        hash = (hash ^ value) * Multiplier;
        return hash ^ hash >> 32;
    }
}
