using System.Buffers.Binary;
using STrace.OpenFlow;

namespace STrace.Fuzz;

/// <summary>Nicira's messages and actions.</summary>
internal static class RandomNicira
{
    private const uint Register0 = 0x00010004; // NXM_NX_REG0
    private const uint Register1 = 0x00010204; // NXM_NX_REG1

    public static NiciraMessage Message(RandomParts parts) => parts.Random.Next(10) switch
    {
        0 => new NiciraRoleRequest((NiciraRole)parts.Random.Next(3)),
        1 => new NiciraRoleReply((NiciraRole)parts.Random.Next(3)),
        2 => new NiciraSetFlowFormat(parts.OneIn(2) ? NiciraFlowFormat.Nxm : NiciraFlowFormat.OpenFlow10),
        3 => new NiciraSetPacketInFormat((NiciraPacketInFormat)parts.Random.Next(2)),
        4 => new NiciraFlowModTableId(parts.OneIn(2)),
        5 => FlowRemoved(parts),
        6 or 7 => PacketIn(parts),
        _ => FlowMod(parts),
    };

    /// <summary>Resubmits, notes, registers, addresses where the match allows them, and connection tracking with translation.</summary>
    public static VendorAction Action(RandomParts parts, Match match)
    {
        var ip = match.DlType == 0x0800;
        byte[] data = parts.Random.Next(6) switch
        {
            0 => [0, 1, .. Number(parts.PhysicalPort()), 0, 0, 0, 0],
            1 => [0, 14, .. Number(parts.PhysicalPort()), (byte)parts.Random.Next(255), 0, 0, 0],
            2 => [0, 8, 1, 2, 3, 4, 5, (byte)parts.Random.Next(256)],
            3 => Load(parts, ip ? NiciraField.IpDst : Register0),
            4 when ip => [0, 6, 0, 16, 0, 0, 0, 16, .. Number(NiciraField.IpSrc), .. Number(NiciraField.IpDst)],
            5 when ip => Track(parts),
            _ => [0, 6, 0, 32, 0, 0, 0, 0, .. Number(Register0), .. Number(Register1)],
        };
        return new VendorAction(NiciraMessage.VendorId, data);
    }

    private static byte[] Load(RandomParts parts, uint field)
    {
        var count = parts.Random.Next(1, 33);
        var first = parts.Random.Next(33 - count);
        var value = parts.Number32() & (uint)((1UL << count) - 1);
        return [0, 7, .. Number((ushort)(first << 6 | (count - 1))), .. Number(field), 0, 0, 0, 0, .. Number(value)];
    }

    private static byte[] Track(RandomParts parts)
    {
        byte[] header = [0, 35, 0, 1, 0, 0, 0, 0, .. Number(parts.Number16()), 255, 0, 0, 0, 0, 0];
        var first = parts.Number32() & 0x7fffffff;
        return [.. header, .. Number((ushort)ActionType.Vendor), 0, 32, .. Number(NiciraMessage.VendorId), 0, 36, 0, 0, 0, (byte)parts.Random.Next(1, 3),
            0, 0x33, .. Number(first), .. Number(first + 1), 0x10, 0, 0x20, 0, 0, 0, 0, 0];
    }

    private static NiciraFlowMod FlowMod(RandomParts parts)
    {
        var match = parts.Match();
        return new()
        {
            Match = Nxm(match),
            Cookie = parts.Number64() & 0x7fffffff,
            Command = (FlowModCommand)(parts.Random.Next(5) | (parts.OneIn(3) ? parts.Random.Next(1, 200) << 8 : 0)),
            IdleTimeoutSeconds = parts.Small16(),
            HardTimeoutSeconds = parts.Small16(),
            Priority = parts.Priority(),
            Flags = (FlowModFlags)parts.Random.Next(4),
            Actions = parts.Actions(match),
        };
    }

    private static NiciraFlowRemoved FlowRemoved(RandomParts parts) => new()
    {
        Match = Nxm(parts.Match()),
        Cookie = parts.Number64(),
        Priority = parts.Priority(),
        Reason = (FlowRemovedReason)parts.Random.Next(3),
        TablePlusOne = (byte)parts.Random.Next(255),
        DurationSeconds = parts.Number32(),
        DurationNanoseconds = parts.Nanoseconds(),
        IdleTimeoutSeconds = parts.Number16(),
        PacketCount = parts.Number64(),
        ByteCount = parts.Number64(),
    };

    private static NiciraPacketIn PacketIn(RandomParts parts)
    {
        var data = parts.Frame();
        return new()
        {
            TotalLength = (ushort)data.Length,
            Reason = (PacketInReason)parts.Random.Next(2),
            TableId = (byte)parts.Random.Next(255),
            Cookie = parts.Number64(),
            Metadata = Nxm(new Match { InPort = parts.PhysicalPort() }),
            Data = data,
        };
    }

    /// <summary>The same match in Nicira's way of writing it.</summary>
    private static NiciraMatch Nxm(Match match)
    {
        var fields = new List<NiciraMatchField>();
        var arp = match.DlType == 0x0806;
        Add(NiciraField.InPort, match.InPort);
        AddMac(NiciraField.EthDst, match.DlDst);
        AddMac(NiciraField.EthSrc, match.DlSrc);
        Add(NiciraField.EthType, match.DlType);
        if (match.DlVlan == OpenFlowConstants.VlanNone)
            Add(NiciraField.VlanTci, 0);
        else if (match.DlVlan is { } vlan)
            AddMasked(NiciraField.VlanTci, 0x1000 | vlan | (match.DlVlanPcp ?? 0) << 13, match.DlVlanPcp is null ? 0x1fff : null);
        else if (match.DlVlanPcp is { } priority)
            AddMasked(NiciraField.VlanTci, 0x1000 | priority << 13, 0xf000);
        if (match.NwTos is { } tos)
            fields.Add(new NiciraMatchField(NiciraField.IpTos, new[] { tos }, default));
        if (match.NwProto is { } protocol)
            fields.Add(new NiciraMatchField(arp ? NiciraField.ArpOp : NiciraField.IpProto, arp ? [0, protocol] : new[] { protocol }, default));
        AddIp(arp ? NiciraField.ArpSpa : NiciraField.IpSrc, match.NwSrc, match.NwSrcPrefixLength);
        AddIp(arp ? NiciraField.ArpTpa : NiciraField.IpDst, match.NwDst, match.NwDstPrefixLength);
        if (match.NwProto is 6 or 17)
        {
            Add(match.NwProto == 6 ? NiciraField.TcpSrc : NiciraField.UdpSrc, match.TpSrc);
            Add(match.NwProto == 6 ? NiciraField.TcpDst : NiciraField.UdpDst, match.TpDst);
        }
        else if (match.NwProto == 1 && !arp)
        {
            AddByte(NiciraField.IcmpType, match.TpSrc);
            AddByte(NiciraField.IcmpCode, match.TpDst);
        }
        return new NiciraMatch(fields);

        void Add(uint header, ushort? value)
        {
            if (value is not null)
                fields.Add(new NiciraMatchField(header, Number(value.Value), default));
        }

        void AddByte(uint header, ushort? value)
        {
            if (value is not null)
                fields.Add(new NiciraMatchField(header, new[] { (byte)value.Value }, default));
        }

        void AddMasked(uint header, int value, ushort? mask) =>
            fields.Add(new NiciraMatchField(header, Number((ushort)value), mask is null ? default(ReadOnlyMemory<byte>) : Number(mask.Value)));

        void AddMac(uint header, MacAddress? value)
        {
            if (value is null)
                return;
            var bytes = new byte[MacAddress.Length];
            value.Value.Write(bytes);
            fields.Add(new NiciraMatchField(header, bytes, default));
        }

        void AddIp(uint header, Ipv4Address? value, int prefixLength)
        {
            if (value is null)
                return;
            var mask = prefixLength == Match.FullPrefixLength ? default(ReadOnlyMemory<byte>) : Number(new Ipv4Address(uint.MaxValue).Mask(prefixLength).Value);
            fields.Add(new NiciraMatchField(header, Number(value.Value.Value), mask));
        }
    }

    private static byte[] Number(ushort value) => [(byte)(value >> 8), (byte)value];

    private static byte[] Number(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
