using System.Globalization;

namespace STrace.OpenFlow;

/// <summary>Port numbers with a meaning of their own (<c>enum ofp_port</c>, section 5.2.1).</summary>
public static class PortNumber
{
    /// <summary><c>OFPP_MAX</c>: the highest number of a physical port.</summary>
    public const ushort Max = 0xff00;

    /// <summary><c>OFPP_IN_PORT</c>: back out of the port at which the packet came in.</summary>
    public const ushort InPort = 0xfff8;

    /// <summary><c>OFPP_TABLE</c>: through the flow table; in PACKET_OUT only.</summary>
    public const ushort Table = 0xfff9;

    /// <summary><c>OFPP_NORMAL</c>: as a non-OpenFlow switch would.</summary>
    public const ushort Normal = 0xfffa;

    /// <summary><c>OFPP_FLOOD</c>: all ports but the input and those set NO_FLOOD.</summary>
    public const ushort Flood = 0xfffb;

    /// <summary><c>OFPP_ALL</c>: all ports but the input.</summary>
    public const ushort All = 0xfffc;

    /// <summary><c>OFPP_CONTROLLER</c>: to the controller.</summary>
    public const ushort Controller = 0xfffd;

    /// <summary><c>OFPP_LOCAL</c>: the switch's own port.</summary>
    public const ushort Local = 0xfffe;

    /// <summary><c>OFPP_NONE</c>: no port; any port where one filters.</summary>
    public const ushort None = 0xffff;

    /// <summary>The port as <c>ovs-ofctl</c> writes it: a number, or the name of a reserved port.</summary>
    public static string Format(ushort port) => port switch
    {
        InPort => "IN_PORT",
        Table => "TABLE",
        Normal => "NORMAL",
        Flood => "FLOOD",
        All => "ALL",
        Controller => "CONTROLLER",
        Local => "LOCAL",
        None => "NONE",
        _ => port.ToString(CultureInfo.InvariantCulture),
    };
}
