using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>A translated connection and its pair of rules.</summary>
/// <param name="ClientSwitchPort">Where the client's packets come in.</param>
/// <param name="Host">Where the real host is.</param>
/// <param name="Cookie">That of the reverse rule; the forward rule has the next.</param>
internal sealed record NatConnection(NatEntry Entry, NatFlow Flow, ushort ClientSwitchPort, HostLocation Host, ulong Cookie)
{
    private const ushort RulePriority = 200;
    private const ushort IdleTimeoutSeconds = 30;

    /// <summary>When its rules were sent, by the clock of the application.</summary>
    public required long InstalledTimestamp { get; init; }

    /// <summary>From the client to the real host instead of the virtual one.</summary>
    public FlowModMessage Forward => Rule(Cookie + 1) with
    {
        Match = new Match
        {
            InPort = IsHairpin ? ClientSwitchPort : null,
            DlType = Protocols.EtherIpv4,
            NwProto = Flow.Protocol,
            NwSrc = Flow.Client,
            NwDst = Flow.Virtual,
            TpSrc = HasPorts ? Flow.ClientPort : null,
            TpDst = HasPorts ? Flow.VirtualPort : null,
        },
        Actions =
        [
            new SetDlDstAction(Host.Mac),
            new SetNwDstAction(Entry.Real),
            .. RealPort == Flow.VirtualPort ? (OpenFlowAction[])[] : [new SetTpDstAction(RealPort)],
            new OutputAction(IsHairpin ? PortNumber.InPort : Host.Port),
        ],
    };

    /// <summary>From the real host to the client, as if from the virtual one.</summary>
    public FlowModMessage Reverse => Rule(Cookie) with
    {
        Match = new Match
        {
            InPort = IsHairpin ? ClientSwitchPort : null,
            DlType = Protocols.EtherIpv4,
            NwProto = Flow.Protocol,
            NwSrc = Entry.Real,
            NwDst = Flow.Client,
            TpSrc = !HasPorts ? null : IsIcmp ? Protocols.IcmpEchoReply : RealPort,
            TpDst = !HasPorts ? null : IsIcmp ? Flow.VirtualPort : Flow.ClientPort,
        },
        Actions =
        [
            new SetDlSrcAction(Entry.VirtualMac),
            new SetNwSrcAction(Entry.Virtual),
            .. RealPort == Flow.VirtualPort ? (OpenFlowAction[])[] : [new SetTpSrcAction(Flow.VirtualPort)],
            new OutputAction(IsHairpin ? PortNumber.InPort : ClientSwitchPort),
        ],
    };

    /// <summary>Both ends behind one port of the switch: a packet leaves by it only through IN_PORT (section 5.2.1).</summary>
    private bool IsHairpin => ClientSwitchPort == Host.Port;

    private bool IsIcmp => Flow.Protocol == Protocols.Icmp;

    /// <summary>OpenFlow matches ICMP type and code by the fields of the ports.</summary>
    private bool HasPorts => IsIcmp || Flow.Protocol is Protocols.Tcp or Protocols.Udp;

    private ushort RealPort => Entry.RealPort ?? Flow.VirtualPort;

    private static FlowModMessage Rule(ulong cookie) => new()
    {
        Cookie = cookie,
        Priority = RulePriority,
        IdleTimeoutSeconds = IdleTimeoutSeconds,
        Flags = FlowModFlags.SendFlowRemoved,
    };
}
