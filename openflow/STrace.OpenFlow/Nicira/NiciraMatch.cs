using System.Numerics;

namespace STrace.OpenFlow;

/// <summary>Which packets a rule takes, as a list of fields (<c>nxm</c>, nicira-ext.h).</summary>
/// <param name="Fields">All that must agree, in the order of the wire.</param>
public sealed record NiciraMatch(IReadOnlyList<NiciraMatchField> Fields)
{
    private const int Alignment = 8;
    private const uint VlanPresent = 0x1000; // the tag's CFI bit says in nxm that there is a tag
    private const uint VlanIdBits = 0x0fff;
    private const int VlanPriorityShift = 13;
    private const uint WholeTag = 0xffff;

    /// <summary>What OpenFlow 1.0 has a field for, addresses and ports among it; the rest is in <see cref="Others"/>.</summary>
    public Match Match => Split().Known;

    /// <summary>Fields, and masks of addresses that are no prefix, that OpenFlow 1.0 cannot say. With any, <see cref="Match"/> takes too much.</summary>
    public IReadOnlyList<NiciraMatchField> Others => Split().Others;

    /// <summary>As <see cref="STrace.OpenFlow.Match.ToString"/>, with the other fields before.</summary>
    public override string ToString()
    {
        var (known, others) = Split();
        return others.Count == 0 ? known.ToString() : string.Join(',', others) + (known.Equals(Match.Any) ? "" : $",{known}");
    }

    internal static NiciraMatch Read(ref WireReader reader, int length)
    {
        var end = reader.Enter(length);
        var fields = new List<NiciraMatchField>();
        while (reader.Remaining > 0)
            fields.Add(NiciraMatchField.Read(ref reader));
        reader.Leave(end);
        reader.ReadPadding(PaddingAfter(length));
        return new NiciraMatch(fields);
    }

    /// <summary>Writes the match, its padding, and its length at the offset.</summary>
    internal void Write(WireWriter writer, int lengthOffset)
    {
        var start = writer.Position;
        foreach (var field in Fields)
            field.Write(writer);
        var length = writer.Position - start;
        writer.PatchUInt16(lengthOffset, length);
        writer.WritePadding(PaddingAfter(length));
    }

    private static int PaddingAfter(int length) => (Alignment - length % Alignment) % Alignment;

    private (Match Known, List<NiciraMatchField> Others) Split()
    {
        var known = Match.Any;
        var others = new List<NiciraMatchField>();
        foreach (var field in Fields)
        {
            if (With(known, field) is { } more)
                known = more;
            else
                others.Add(field);
        }
        return (known, others);
    }

    private static Match? With(Match match, NiciraMatchField field) => field.Header switch
    {
        NiciraField.IpSrc or NiciraField.ArpSpa when PrefixLength(field) is { } length =>
            match with { NwSrc = new Ipv4Address(field.Number), NwSrcPrefixLength = length },
        NiciraField.IpDst or NiciraField.ArpTpa when PrefixLength(field) is { } length =>
            match with { NwDst = new Ipv4Address(field.Number), NwDstPrefixLength = length },
        NiciraField.VlanTci => WithVlan(match, field.Number, field.MaskNumber & WholeTag),
        _ when !field.Mask.IsEmpty => null,
        NiciraField.InPort => match with { InPort = (ushort)field.Number },
        NiciraField.EthDst => match with { DlDst = MacAddress.Read(field.Value.Span) },
        NiciraField.EthSrc => match with { DlSrc = MacAddress.Read(field.Value.Span) },
        NiciraField.EthType => match with { DlType = (ushort)field.Number },
        NiciraField.IpTos => match with { NwTos = (byte)field.Number },
        NiciraField.IpProto => match with { NwProto = (byte)field.Number },
        NiciraField.ArpOp when field.Number <= byte.MaxValue => match with { NwProto = (byte)field.Number },
        NiciraField.TcpSrc or NiciraField.UdpSrc or NiciraField.IcmpType => match with { TpSrc = (ushort)field.Number },
        NiciraField.TcpDst or NiciraField.UdpDst or NiciraField.IcmpCode => match with { TpDst = (ushort)field.Number },
        _ => null,
    };

    private static Match? WithVlan(Match match, uint tag, uint mask) => mask switch
    {
        WholeTag when tag == 0 => match with { DlVlan = OpenFlowConstants.VlanNone },
        _ when (tag & VlanPresent) == 0 => null,
        WholeTag => match with { DlVlan = (ushort)(tag & VlanIdBits), DlVlanPcp = (byte)(tag >> VlanPriorityShift) },
        VlanPresent | VlanIdBits => match with { DlVlan = (ushort)(tag & VlanIdBits) },
        WholeTag & ~VlanIdBits => match with { DlVlanPcp = (byte)(tag >> VlanPriorityShift) },
        _ => null,
    };

    /// <summary>How many leading bits of an address count; null where the mask is no prefix.</summary>
    private static int? PrefixLength(NiciraMatchField field)
    {
        var free = ~field.MaskNumber;
        return (free & (free + 1)) == 0 && free != uint.MaxValue ? BitOperations.LeadingZeroCount(free) : null;
    }
}
