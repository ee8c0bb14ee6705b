using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>A translated connection and its pair of rules.</summary>
/// <param name="Real">Who of the entry serves it.</param>
/// <param name="Client">Where the client, or the router before it, is.</param>
/// <param name="Host">Where the real host is.</param>
internal sealed record NatConnection(NatEntry Entry, NatEnd Real, NatFlow Flow, HostLocation Client, HostLocation Host)
{
    private const ushort RulePriority = 200;
    private const ushort IdleTimeoutSeconds = 30;

    /// <summary>That of the reverse rule when it was last installed; the forward rule has the next.</summary>
    public ulong Cookie { get; init; }

    /// <summary>When its rules were last sent, by the clock of the application.</summary>
    public long InstalledTimestamp { get; init; }

    /// <summary>The real host's packets to the client, before they are translated.</summary>
    public NatFlow Answers => new(
        Flow.Protocol,
        Real.Address,
        IsIcmp ? Protocols.IcmpEchoReply : RealPort,
        Flow.Source,
        IsIcmp ? Flow.DestinationPort : Flow.SourcePort);

    /// <summary>From the client to the real host instead of the virtual one.</summary>
    public FlowModMessage Forward => Rule(Cookie + 1) with
    {
        Match = new Match
        {
            InPort = IsHairpin ? Client.Port : null,
            DlType = Protocols.EtherIpv4,
            NwProto = Flow.Protocol,
            NwSrc = Flow.Source,
            NwDst = Flow.Destination,
            TpSrc = HasPorts ? Flow.SourcePort : null,
            TpDst = HasPorts ? Flow.DestinationPort : null,
        },
        Actions =
        [
            new SetDlDstAction(Host.Mac),
            new SetNwDstAction(Real.Address),
            .. RealPort == Flow.DestinationPort ? (OpenFlowAction[])[] : [new SetTpDstAction(RealPort)],
            new OutputAction(IsHairpin ? PortNumber.InPort : Host.Port),
        ],
    };

    /// <summary>From the real host to the client, as if from the virtual one.</summary>
    public FlowModMessage Reverse => Rule(Cookie) with
    {
        Match = new Match
        {
            InPort = IsHairpin ? Client.Port : null,
            DlType = Protocols.EtherIpv4,
            NwProto = Flow.Protocol,
            NwSrc = Answers.Source,
            NwDst = Answers.Destination,
            TpSrc = HasPorts ? Answers.SourcePort : null,
            TpDst = HasPorts ? Answers.DestinationPort : null,
        },
        Actions =
        [
            new SetDlSrcAction(Entry.VirtualMac),
            new SetNwSrcAction(Entry.Virtual.Address),
            .. RealPort == Flow.DestinationPort ? (OpenFlowAction[])[] : [new SetTpSrcAction(Flow.DestinationPort)],
            new OutputAction(IsHairpin ? PortNumber.InPort : Client.Port),
        ],
    };

    /// <summary>Both ends behind one port of the switch: a packet leaves by it only through IN_PORT (section 5.2.1).</summary>
    private bool IsHairpin => Client.Port == Host.Port;

    private bool IsIcmp => Flow.Protocol == Protocols.Icmp;

    /// <summary>OpenFlow matches ICMP type and code by the fields of the ports.</summary>
    private bool HasPorts => IsIcmp || Flow.Protocol is Protocols.Tcp or Protocols.Udp;

    private ushort RealPort => Entry.RealPort(Real, Flow.DestinationPort);

    private static FlowModMessage Rule(ulong cookie) => new()
    {
        Cookie = cookie,
        Priority = RulePriority,
        IdleTimeoutSeconds = IdleTimeoutSeconds,
        Flags = FlowModFlags.SendFlowRemoved,
    };
}
