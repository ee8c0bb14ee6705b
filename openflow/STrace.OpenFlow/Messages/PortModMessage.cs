namespace STrace.OpenFlow;

/// <summary>Changes the behaviour of a port (<c>OFPT_PORT_MOD</c>, <c>ofp_port_mod</c>, section 5.3.3).</summary>
public sealed record PortModMessage : OpenFlowMessage
{
    //  8         10        16       20     24          28    32
    // +---------+---------+--------+------+-----------+-----+
    // | port_no | hw_addr | config | mask | advertise | pad |
    // +---------+---------+--------+------+-----------+-----+
    private const int PaddingLength = 4;

    /// <inheritdoc/>
    public override MessageType Type => MessageType.PortMod;

    /// <summary>Which port.</summary>
    public ushort Port { get; init; }

    /// <summary>Its Ethernet address, which must agree.</summary>
    public MacAddress HardwareAddress { get; init; }

    /// <summary>What it is told to do, where <see cref="Mask"/> has a bit.</summary>
    public PortConfig Config { get; init; }

    /// <summary>Which bits of <see cref="Config"/> count.</summary>
    public PortConfig Mask { get; init; }

    /// <summary>What it shall offer to its peer; nothing to leave it.</summary>
    public PortFeatures Advertise { get; init; }

    internal static PortModMessage Read(ref WireReader reader)
    {
        var message = new PortModMessage
        {
            Xid = reader.Xid,
            Port = reader.ReadUInt16(),
            HardwareAddress = reader.ReadMac(),
            Config = (PortConfig)reader.ReadUInt32(),
            Mask = (PortConfig)reader.ReadUInt32(),
            Advertise = (PortFeatures)reader.ReadUInt32(),
        };
        reader.ReadPadding(PaddingLength);
        return message;
    }

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt16(Port);
        writer.WriteMac(HardwareAddress);
        writer.WriteUInt32((uint)Config);
        writer.WriteUInt32((uint)Mask);
        writer.WriteUInt32((uint)Advertise);
        writer.WritePadding(PaddingLength);
    }
}
