using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>What SET and STRIP actions (section 5.2.4) do to the headers of a packet.</summary>
internal static class HeaderChanges
{
    private const byte DscpMask = 0xfc;

    /// <summary>
    /// The headers behind the action; as they were where a switch leaves such a packet alone: addresses are changed in IPv4
    /// alone, ports in TCP and UDP. Null for an action that is not of OpenFlow 1.0.
    /// </summary>
    /// <param name="headers">As <see cref="FrameMatch.Of"/> gives them.</param>
    public static Match? Apply(Match headers, OpenFlowAction action) => action switch
    {
        SetDlSrcAction set => headers with { DlSrc = set.Address },
        SetDlDstAction set => headers with { DlDst = set.Address },
        SetVlanVidAction set => headers with { DlVlan = set.VlanId, DlVlanPcp = headers.DlVlanPcp ?? 0 },
        SetVlanPcpAction set => headers with { DlVlan = VlanId(headers), DlVlanPcp = set.Priority },
        StripVlanAction => headers with { DlVlan = OpenFlowConstants.VlanNone, DlVlanPcp = null },
        SetNwSrcAction set => IsIp(headers) ? headers with { NwSrc = set.Address } : headers,
        SetNwDstAction set => IsIp(headers) ? headers with { NwDst = set.Address } : headers,
        SetNwTosAction set => IsIp(headers) ? headers with { NwTos = (byte)(set.TypeOfService & DscpMask) } : headers,
        SetTpSrcAction set => HasPorts(headers) ? headers with { TpSrc = set.Port } : headers,
        SetTpDstAction set => HasPorts(headers) ? headers with { TpDst = set.Port } : headers,
        _ => null,
    };

    /// <summary>A packet without a tag gets one of VLAN 0.</summary>
    private static ushort VlanId(Match headers) =>
        headers.DlVlan is { } id and not OpenFlowConstants.VlanNone ? id : (ushort)0;

    private static bool IsIp(Match headers) => headers.DlType == Protocols.EtherIpv4;

    private static bool HasPorts(Match headers) => IsIp(headers) && headers.NwProto is Protocols.Tcp or Protocols.Udp;
}
