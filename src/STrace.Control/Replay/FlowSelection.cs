using System.Globalization;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Some of the traffic, as <c>ovs-ofctl</c> writes a match: <c>tcp,nw_dst=10.0.0.5,tp_dst=80</c>; <c>any</c> is all of it.</summary>
public sealed class FlowSelection
{
    private const ushort EtherRarp = 0x8035;
    private const byte MostVlanPcp = 7;
    private const ushort MostVlan = 0xfff;

    private FlowSelection(Match match) => Match = match;

    /// <summary>In the form that switches compare by.</summary>
    public Match Match { get; }

    /// <param name="inPort">The port at which the frame entered its switch.</param>
    /// <param name="frame">From its Ethernet header on.</param>
    public bool Takes(ushort inPort, ReadOnlySpan<byte> frame) =>
        FrameMatch.Of(frame) is { } headers && MatchMeaning.Covers(Match, headers with { InPort = inPort });

    /// <exception cref="ControlException">The text is no match; it says which part, and at which character.</exception>
    public static FlowSelection Parse(string text)
    {
        var match = Match.Any;
        var position = 1;
        var parts = new List<(string Key, int Position)>();
        foreach (var part in text.Split(','))
        {
            var (key, value) = part.Split('=', 2) is [var name, var given] ? (name.Trim(), given.Trim()) : (part.Trim(), null);
            if (parts.Exists(known => known.Key == key))
                throw Wrong(key, position, "is there twice");
            parts.Add((key, position));
            match = With(match, key, value, position);
            position += part.Length + 1;
        }

        // A switch passes over a field without the type that gives it a meaning: here that would select too much.
        var normal = MatchMeaning.Normalise(match);
        foreach (var (key, at) in parts)
        {
            if (NeedsType(key) is { } type && Lost(match, normal, key))
                throw Wrong(key, at, $"needs {type}");
        }
        return new FlowSelection(normal);
    }

    public override string ToString() => Match.ToString();

    private static Match With(Match match, string key, string? value, int position)
    {
        switch (key)
        {
            case "any" or "ip" or "icmp" or "tcp" or "udp" or "arp" or "rarp":
                if (value is not null)
                    throw Wrong(key, position, "takes no value");
                return key switch
                {
                    "ip" => match with { DlType = Protocols.EtherIpv4 },
                    "icmp" => match with { DlType = Protocols.EtherIpv4, NwProto = Protocols.Icmp },
                    "tcp" => match with { DlType = Protocols.EtherIpv4, NwProto = Protocols.Tcp },
                    "udp" => match with { DlType = Protocols.EtherIpv4, NwProto = Protocols.Udp },
                    "arp" => match with { DlType = Protocols.EtherArp },
                    "rarp" => match with { DlType = EtherRarp },
                    _ => match,
                };
            case "in_port":
                return match with { InPort = Number(ushort.MaxValue) };
            case "dl_src":
                return match with { DlSrc = Mac() };
            case "dl_dst":
                return match with { DlDst = Mac() };
            case "dl_type":
                return match with { DlType = Number(ushort.MaxValue) };
            case "dl_vlan":
                return match with { DlVlan = value == "0xffff" ? OpenFlowConstants.VlanNone : Number(MostVlan) };
            case "dl_vlan_pcp":
                return match with { DlVlanPcp = (byte)Number(MostVlanPcp) };
            case "nw_tos":
                return match with { NwTos = (byte)Number(byte.MaxValue) };
            case "nw_proto" or "arp_op":
                return match with { NwProto = (byte)Number(byte.MaxValue) };
            case "nw_src" or "arp_spa":
                return Network() is ({ } source, var bits) ? match with { NwSrc = source, NwSrcPrefixLength = bits } : match;
            case "nw_dst" or "arp_tpa":
                return Network() is ({ } target, var length) ? match with { NwDst = target, NwDstPrefixLength = length } : match;
            case "tp_src" or "icmp_type":
                return match with { TpSrc = Number(ushort.MaxValue) };
            case "tp_dst" or "icmp_code":
                return match with { TpDst = Number(ushort.MaxValue) };
            default:
                throw Wrong(key, position, "is not known: any, ip, icmp, tcp, udp, arp, rarp, in_port, dl_src, dl_dst, dl_type, dl_vlan, " +
                    "dl_vlan_pcp, nw_src, nw_dst, nw_proto, nw_tos, tp_src, tp_dst, icmp_type, icmp_code, arp_spa, arp_tpa, arp_op");
        }

        ushort Number(ushort most)
        {
            var isHex = value?.StartsWith("0x", StringComparison.OrdinalIgnoreCase) == true;
            return uint.TryParse(
                isHex ? value.AsSpan(2) : value, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture,
                out var number) && number <= most
                ? (ushort)number
                : throw Wrong(key, position, $"'{value}' is not a number from 0 to {most}");
        }

        MacAddress Mac() => MacAddress.TryParse(value, out var address)
            ? address
            : throw Wrong(key, position, $"'{value}' is not a MAC address such as 00:00:00:00:00:01");

        (Ipv4Address? Address, int Bits) Network()
        {
            var slash = value?.IndexOf('/') ?? -1;
            var bits = Match.FullPrefixLength;
            var valid = Ipv4Address.TryParse(slash < 0 ? value : value![..slash], out var address) &&
                (slash < 0 || (int.TryParse(value.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) &&
                    bits <= Match.FullPrefixLength));
            if (!valid)
                throw Wrong(key, position, $"'{value}' is not an IPv4 address such as 10.0.0.5, or 10.0.0.0/8");
            return bits == 0 ? (null, Match.FullPrefixLength) : (address.Mask(bits), bits);
        }
    }

    private static string? NeedsType(string key) => key switch
    {
        "nw_src" or "nw_dst" or "nw_proto" => "ip, icmp, tcp, udp or arp before it",
        "nw_tos" => "ip, icmp, tcp or udp before it",
        "arp_spa" or "arp_tpa" or "arp_op" => "arp before it",
        "tp_src" or "tp_dst" => "tcp or udp before it",
        "icmp_type" or "icmp_code" => "icmp before it",
        "dl_vlan_pcp" => "a dl_vlan before it",
        _ => null,
    };

    private static bool Lost(Match match, Match normal, string key) => key switch
    {
        "nw_src" => match.NwSrc != normal.NwSrc,
        "nw_dst" => match.NwDst != normal.NwDst,
        "nw_proto" => match.NwProto != normal.NwProto,
        "nw_tos" => normal.NwTos is null,
        "arp_spa" or "arp_tpa" or "arp_op" => normal.DlType != Protocols.EtherArp && normal.DlType != EtherRarp,
        "icmp_type" or "icmp_code" => (normal.DlType, normal.NwProto) != (Protocols.EtherIpv4, Protocols.Icmp),
        "tp_src" => match.TpSrc != normal.TpSrc,
        "tp_dst" => match.TpDst != normal.TpDst,
        "dl_vlan_pcp" => normal.DlVlanPcp is null,
        _ => false,
    };

    private static ControlException Wrong(string key, int position, string what) =>
        new($"match: '{key}' at character {position} {what}");
}
