namespace STrace.OpenFlow;

/// <summary>Single values of the OpenFlow 1.0 specification.</summary>
public static class OpenFlowConstants
{
    /// <summary>The version byte of OpenFlow 1.0 (<c>OFP_VERSION</c>).</summary>
    public const byte Version = 0x01;

    /// <summary>The buffer id that says: the packet is not buffered at the switch.</summary>
    public const uint NoBuffer = 0xffffffff;

    /// <summary>The priority that a rule gets when nobody says one (<c>OFP_DEFAULT_PRIORITY</c>).</summary>
    public const ushort DefaultPriority = 0x8000;

    /// <summary>The VLAN id that matches packets without a VLAN tag (<c>OFP_VLAN_NONE</c>).</summary>
    public const ushort VlanNone = 0xffff;

    /// <summary>The timeout of a rule that stays (<c>OFP_FLOW_PERMANENT</c>).</summary>
    public const ushort FlowPermanent = 0;

    /// <summary>Bytes of a packet that go to the controller unless it asks for more (<c>OFP_DEFAULT_MISS_SEND_LEN</c>).</summary>
    public const ushort DefaultMissSendLength = 128;

    /// <summary>The table id that means all tables in a statistics request.</summary>
    public const byte AllTables = 0xff;

    /// <summary>The queue id that means all queues in a statistics request (<c>OFPQ_ALL</c>).</summary>
    public const uint AllQueues = 0xffffffff;
}
