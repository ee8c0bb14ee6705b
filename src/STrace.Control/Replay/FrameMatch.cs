using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>A frame as the match that takes it alone.</summary>
internal static class FrameMatch
{
    //  12           14                    16
    // +------------+---------------------+------------+
    // | ether type | 802.1Q: pcp, dei, id| ether type |
    // +------------+---------------------+------------+
    private const int TagOffset = 14;
    private const int PcpShift = 5;
    private const int VlanIdMask = 0x0fff;
    private const int UntaggedHeaderLength = 14;
    private const int TaggedHeaderLength = 18;
    private const int TosOffset = 1;

    /// <summary>All fields but the input port, normalised; null for what is no Ethernet frame.</summary>
    public static Match? Of(ReadOnlySpan<byte> frame)
    {
        if (!PacketHeaders.TryRead(frame, out var headers))
            return null;
        var match = new Match
        {
            DlSrc = headers.Source,
            DlDst = headers.Destination,
            DlType = headers.EtherType,
            DlVlan = headers.Tagged
                ? (ushort)(((frame[TagOffset] << 8) | frame[TagOffset + 1]) & VlanIdMask)
                : OpenFlowConstants.VlanNone,
            DlVlanPcp = headers.Tagged ? (byte)(frame[TagOffset] >> PcpShift) : null,
        };
        if (headers.Arp is { } arp)
            match = match with { NwProto = (byte)arp.Operation, NwSrc = arp.SenderIp, NwDst = arp.TargetIp };
        if (headers.Ip is { } ip)
        {
            match = match with
            {
                NwTos = frame[(headers.Tagged ? TaggedHeaderLength : UntaggedHeaderLength) + TosOffset],
                NwProto = ip.Protocol,
                NwSrc = ip.Source,
                NwDst = ip.Destination,
                TpSrc = ip.SourcePort,
                TpDst = ip.DestinationPort,
            };
        }
        return MatchMeaning.Normalise(match);
    }
}
