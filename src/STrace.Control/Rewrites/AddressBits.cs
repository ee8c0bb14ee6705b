using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The addresses and ports of a packet, and the registers beside it, bit by bit: what each holds as far as a rule tells.</summary>
/// <param name="protocol">The IP protocol that the rule's match asks for.</param>
internal sealed class AddressBits(byte? protocol)
{
    // What a bit is: 0 or 1, or not known, or else from FirstOld on a bit that the packet brought.
    public const short Unknown = -1;
    private const short FirstOld = 2;

    private const int AddressWidth = 32;
    private const int PortWidth = 16;
    private const int RegisterWidth = 32;

    // The same fields in OpenFlow 1.2's numbering (OXM), which Open vSwitch takes beside its own.
    private const uint OxmIpSrc = 0x80001604;
    private const uint OxmIpDst = 0x80001804;
    private const uint OxmTcpSrc = 0x80001a02;
    private const uint OxmTcpDst = 0x80001c02;
    private const uint OxmUdpSrc = 0x80001e02;
    private const uint OxmUdpDst = 0x80002002;

    private readonly short[][] _addresses = [.. Enum.GetValues<AddressField>().Select(Old)];
    private readonly Dictionary<uint, short[]> _registers = [];

    /// <summary>Whether each bit of the addresses is known, be it as one that the packet brought.</summary>
    public bool IsKnown => _addresses.All(bits => !bits.Contains(Unknown));

    /// <summary>The last action by which an address came to hold bits that are not.</summary>
    public OpenFlowAction? Unclear { get; private set; }

    /// <summary>Whether the field is one of a packet's addresses or ports.</summary>
    public static bool IsAddress(uint header) => Place(header) is not null;

    /// <summary>The bits as they are now, the lowest first.</summary>
    public short[] this[AddressField field] => _addresses[(int)field];

    /// <summary>The bits that a packet brings.</summary>
    public static short[] Old(AddressField field) =>
        [.. Enumerable.Range(0, Width(field)).Select(bit => (short)(FirstOld + ((int)field * AddressWidth) + bit))];

    /// <summary>Whether the bit is one that the packet brought, and which.</summary>
    public static bool IsOld(short bit, out AddressField field, out int index)
    {
        (var from, index) = Math.DivRem(bit - FirstOld, AddressWidth);
        field = (AddressField)from;
        return bit >= FirstOld;
    }

    /// <summary>Bits that hold a number.</summary>
    public static short[] Constant(ulong value, int count) => [.. Enumerable.Range(0, count).Select(bit => (short)((value >> bit) & 1))];

    public static short[] UnknownBits(int count) => [.. Enumerable.Repeat(Unknown, count)];

    public AddressBits Copy()
    {
        var copy = new AddressBits(protocol) { Unclear = Unclear };
        for (var field = 0; field < _addresses.Length; field++)
            copy._addresses[field] = [.. _addresses[field]];
        return copy; // without the registers: nothing more is done to it
    }

    public void Set(AddressField field, uint value) => Constant(value, Width(field)).CopyTo(this[field], 0);

    /// <summary>Bits of any field, as in <see cref="NiciraField"/>.</summary>
    public short[] Read(uint header, int first, int count)
    {
        if (Place(header) is { } place)
            return IsThere(place, header, first + count) ? this[place.Field][first..(first + count)] : UnknownBits(count);
        return _registers.TryGetValue(header, out var register) && first + count <= RegisterWidth
            ? register[first..(first + count)]
            : UnknownBits(count);
    }

    public void Write(uint header, int first, short[] bits, OpenFlowAction action)
    {
        if (Place(header) is { } place)
        {
            if (!IsThere(place, header, first + bits.Length))
                Lose(action);
            else
                bits.CopyTo(this[place.Field], first);
            if (bits.Contains(Unknown))
                Unclear = action;
        }
        else if (NiciraField.IsRegister(header) && first + bits.Length <= RegisterWidth)
        {
            if (!_registers.TryGetValue(header, out var register))
                _registers[header] = register = UnknownBits(RegisterWidth);
            bits.CopyTo(register, first);
        }
        else
            _registers.Clear(); // wider fields have their bits in common with registers
    }

    /// <summary>From here on nothing is known any more.</summary>
    public void Lose(OpenFlowAction action)
    {
        foreach (var bits in _addresses)
            Array.Fill(bits, Unknown);
        _registers.Clear();
        Unclear = action;
    }

    public static int Width(AddressField field) => field is AddressField.Source or AddressField.Destination ? AddressWidth : PortWidth;

    /// <summary>A packet of another protocol has no such port: a switch refuses the rule.</summary>
    private bool IsThere((AddressField Field, byte? Protocol) place, uint header, int end) =>
        (place.Protocol is null || place.Protocol == protocol) && end <= NiciraField.BitCount(header);

    private static (AddressField Field, byte? Protocol)? Place(uint header) => header switch
    {
        NiciraField.IpSrc or OxmIpSrc => (AddressField.Source, null),
        NiciraField.IpDst or OxmIpDst => (AddressField.Destination, null),
        NiciraField.TcpSrc or OxmTcpSrc => (AddressField.SourcePort, Protocols.Tcp),
        NiciraField.TcpDst or OxmTcpDst => (AddressField.DestinationPort, Protocols.Tcp),
        NiciraField.UdpSrc or OxmUdpSrc => (AddressField.SourcePort, Protocols.Udp),
        NiciraField.UdpDst or OxmUdpDst => (AddressField.DestinationPort, Protocols.Udp),
        NiciraField.IcmpType => (AddressField.SourcePort, Protocols.Icmp),
        NiciraField.IcmpCode => (AddressField.DestinationPort, Protocols.Icmp),
        _ => null,
    };
}
