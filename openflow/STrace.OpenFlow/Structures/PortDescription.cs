namespace STrace.OpenFlow;

/// <summary>A port of a switch (<c>ofp_phy_port</c>, section 5.2.1).</summary>
public sealed record PortDescription
{
    //  0         2         8      24       28      32     36           40          44     48
    // +---------+---------+------+--------+-------+------+------------+-----------+------+
    // | port_no | hw_addr | name | config | state | curr | advertised | supported | peer |
    // +---------+---------+------+--------+-------+------+------------+-----------+------+
    private const int NameLength = 16; // OFP_MAX_PORT_NAME_LEN

    /// <summary>Its number, or one of <see cref="PortNumber"/>.</summary>
    public ushort Number { get; init; }

    /// <summary>Its Ethernet address.</summary>
    public MacAddress HardwareAddress { get; init; }

    /// <summary>Its name, at most 16 characters.</summary>
    public string Name { get; init; } = "";

    /// <summary>What it is told to do.</summary>
    public PortConfig Config { get; init; }

    /// <summary>What it says of itself.</summary>
    public PortState State { get; init; }

    /// <summary>What it runs with now.</summary>
    public PortFeatures Current { get; init; }

    /// <summary>What it offers to its peer.</summary>
    public PortFeatures Advertised { get; init; }

    /// <summary>What it could do.</summary>
    public PortFeatures Supported { get; init; }

    /// <summary>What its peer offers.</summary>
    public PortFeatures Peer { get; init; }

    internal static PortDescription Read(ref WireReader reader) => new()
    {
        Number = reader.ReadUInt16(),
        HardwareAddress = reader.ReadMac(),
        Name = reader.ReadText(NameLength),
        Config = (PortConfig)reader.ReadUInt32(),
        State = (PortState)reader.ReadUInt32(),
        Current = (PortFeatures)reader.ReadUInt32(),
        Advertised = (PortFeatures)reader.ReadUInt32(),
        Supported = (PortFeatures)reader.ReadUInt32(),
        Peer = (PortFeatures)reader.ReadUInt32(),
    };

    internal void Write(WireWriter writer)
    {
        writer.WriteUInt16(Number);
        writer.WriteMac(HardwareAddress);
        writer.WriteText(Name, NameLength);
        writer.WriteUInt32((uint)Config);
        writer.WriteUInt32((uint)State);
        writer.WriteUInt32((uint)Current);
        writer.WriteUInt32((uint)Advertised);
        writer.WriteUInt32((uint)Supported);
        writer.WriteUInt32((uint)Peer);
    }
}
