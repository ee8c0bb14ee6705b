namespace STrace.Model;

/// <summary>What rules look at in an IP packet that enters a switch.</summary>
/// <param name="InPort">Where it enters.</param>
/// <param name="DlSrc">Ethernet source: 48 bits, the first byte on the wire highest.</param>
/// <param name="DlDst">Ethernet destination.</param>
public readonly record struct PacketFields(uint InPort, ulong DlSrc, ulong DlDst, FlowTuple Flow)
{
    /// <summary>The VLAN id of a packet without a tag (<c>OFP_VLAN_NONE</c>).</summary>
    public const ushort Untagged = 0xffff;

    private const ushort EtherIpv4 = 0x0800;
    private const ushort EtherIpv6 = 0x86dd;

    public ushort Vlan { get; init; } = Untagged;
    public byte VlanPriority { get; init; }
    public byte Tos { get; init; }
    public ushort DlType => Flow.Source.Address.IsV4 ? EtherIpv4 : EtherIpv6;

    /// <summary>The packet behind an action that sets a field; the same behind any other.</summary>
    public PacketFields Apply(FlowStep step) => step.Kind switch
    {
        FlowStepKind.SetDlSrc => this with { DlSrc = step.Value },
        FlowStepKind.SetDlDst => this with { DlDst = step.Value },
        FlowStepKind.SetVlan => this with { Vlan = (ushort)step.Value },
        FlowStepKind.SetVlanPriority => this with { VlanPriority = (byte)step.Value, Vlan = Vlan == Untagged ? (ushort)0 : Vlan },
        FlowStepKind.StripVlan => this with { Vlan = Untagged, VlanPriority = 0 },
        FlowStepKind.SetTos => this with { Tos = (byte)step.Value },
        FlowStepKind.SetSource => this with { Flow = Flow with { Source = Address(Flow.Source, step) } },
        FlowStepKind.SetDestination => this with { Flow = Flow with { Destination = Address(Flow.Destination, step) } },
        FlowStepKind.SetSourcePort => this with { Flow = Flow with { Source = Port(Flow.Source, step) } },
        FlowStepKind.SetDestinationPort => this with { Flow = Flow with { Destination = Port(Flow.Destination, step) } },
        _ => this,
    };

    private static Endpoint Address(Endpoint endpoint, FlowStep step) => endpoint with { Address = IpAddress.FromV4((uint)step.Value) };

    private static Endpoint Port(Endpoint endpoint, FlowStep step) => endpoint with { Port = (ushort)step.Value };
}
