using System.Buffers.Binary;

namespace STrace.Fuzz;

internal sealed partial class RandomParts
{
    /// <summary>An Ethernet frame: ARP, IPv4 with TCP, UDP or ICMP, LLDP, or something else; cut off at times.</summary>
    public byte[] Frame()
    {
        byte[] frame = random.Next(5) switch
        {
            0 => Ethernet(0x0806, [0, 1, 8, 0, 6, 4, 0, (byte)random.Next(1, 3), .. Exactly(20)]),
            1 => Ethernet(0x88cc, [2, 7, 4, .. Exactly(6), 4, 2, 7, (byte)'1', 6, 2, 0, 120, 0, 0]),
            2 => Ethernet(0x86dd, [0x60, 0, 0, 0, 0, 20, 6, 64, .. Exactly(32), .. Exactly(20)]),
            3 => Ethernet((ushort)random.Next(0x8900, 0x8940), Bytes(60)),
            _ => Ethernet(0x0800, Ipv4()),
        };
        return OneIn(10) ? frame[..random.Next(frame.Length)] : frame;
    }

    private byte[] Ethernet(ushort type, byte[] payload)
    {
        byte[] tag = OneIn(6) ? [0x81, 0, (byte)random.Next(16), (byte)random.Next(256)] : [];
        return [.. Exactly(12), .. tag, (byte)(type >> 8), (byte)type, .. payload];
    }

    private byte[] Ipv4()
    {
        byte[] payload = random.Next(3) switch
        {
            0 => [.. Exactly(12), 0x50, (byte)random.Next(64), .. Exactly(6), .. Bytes(40)],
            1 => [.. Exactly(8), .. Bytes(40)],
            _ => [(byte)(random.Next(2) * 8), 0, .. Exactly(6), .. Bytes(40)],
        };
        byte protocol = payload.Length >= 20 && payload[12] == 0x50 ? (byte)6 : (byte)(OneIn(2) ? 17 : 1);
        byte[] packet = [0x45, 0, 0, 0, .. Exactly(2), 0x40, 0, 64, protocol, 0, 0, .. Exactly(8), .. payload];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        return packet;
    }

    private byte[] Exactly(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
