using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// All fields that OpenFlow 1.0 matches on, packed, so that a packet is held against a rule by five ANDs; as a mask, all ones in the
/// fields that a rule looks at.
/// <code>
///      63        47                31            15         0
/// A   | dl_src                                  | vlan      |     vlan: priority (3 bits), id (13, all ones without a tag)
/// B   | dl_dst                                  | dl_type   |
/// C   | nw_src                    | nw_dst                  |
/// D   | in_port                   | tp_src      | tp_dst    |
/// E   |                                         | proto|tos |
/// </code>
/// </summary>
internal readonly record struct FieldKey(ulong A, ulong B, ulong C, ulong D, ulong E)
{
    private const ushort VlanIdMask = 0x1fff;
    private const int VlanPriorityShift = 13;
    private const int VlanPriorityMask = 7;
    private const int DscpMask = 0xfc;

    public static FieldKey Of(in PacketFields packet) => Pack(
        packet.InPort, packet.DlSrc, packet.DlDst, packet.Vlan, packet.VlanPriority, packet.DlType, packet.Tos, packet.Flow.Protocol,
        V4(packet.Flow.Source.Address), V4(packet.Flow.Destination.Address), packet.Flow.Source.Port, packet.Flow.Destination.Port);

    /// <summary>The values that a rule asks for, zero in the fields that it leaves open.</summary>
    public static FieldKey Of(FlowMatch match) => Pack(
        match.InPort ?? 0, match.DlSrc ?? 0, match.DlDst ?? 0, match.Vlan ?? 0, match.VlanPriority ?? 0, match.DlType ?? 0, match.Tos ?? 0,
        match.Protocol ?? 0, V4(match.Source?.Address ?? default), V4(match.Destination?.Address ?? default),
        match.SourcePort ?? 0, match.DestinationPort ?? 0).And(Mask(match));

    /// <summary>Which bits a rule looks at.</summary>
    public static FieldKey Mask(FlowMatch match) => Pack(
        match.InPort is null ? 0 : uint.MaxValue, match.DlSrc is null ? 0 : ulong.MaxValue, match.DlDst is null ? 0 : ulong.MaxValue,
        match.Vlan is null ? (ushort)0 : VlanIdMask, match.VlanPriority is null ? (byte)0 : (byte)VlanPriorityMask,
        match.DlType is null ? (ushort)0 : ushort.MaxValue, match.Tos is null ? (byte)0 : byte.MaxValue,
        match.Protocol is null ? (byte)0 : byte.MaxValue, Leading(match.Source), Leading(match.Destination),
        match.SourcePort is null ? (ushort)0 : ushort.MaxValue, match.DestinationPort is null ? (ushort)0 : ushort.MaxValue);

    public FieldKey And(in FieldKey mask) => new(A & mask.A, B & mask.B, C & mask.C, D & mask.D, E & mask.E);

    private static FieldKey Pack(
        uint inPort, ulong dlSrc, ulong dlDst, ushort vlan, byte vlanPriority, ushort dlType, byte tos, byte protocol, uint source,
        uint destination, ushort sourcePort, ushort destinationPort) => new(
            (dlSrc << 16) | (uint)((vlanPriority << VlanPriorityShift) | (vlan & VlanIdMask)),
            (dlDst << 16) | dlType,
            ((ulong)source << 32) | destination,
            ((ulong)inPort << 32) | ((uint)sourcePort << 16) | destinationPort,
            (uint)((protocol << 8) | (tos & DscpMask)));

    private static uint V4(IpAddress address) => address.IsV4 ? address.V4 : 0;

    private static uint Leading(IpPrefix? prefix) => prefix is { Length: > 0 and var length } ? uint.MaxValue << (32 - length) : 0;
}
