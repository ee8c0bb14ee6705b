using System.Buffers.Binary;

namespace STrace.OpenFlow;

/// <summary>The first message of both sides (<c>OFPT_HELLO</c>, section 5.5.1). The only one that may carry another version.</summary>
public sealed record HelloMessage : OpenFlowMessage
{
    //  0      2        4
    // +------+--------+------ - -
    // | type | length | bitmaps       an element of Body (OpenFlow 1.3, section A.5.1), padded to 8 bytes; bit n of the n/32-th is version n
    // +------+--------+------ - -
    private const int ElementHeader = 4;
    private const int ElementAlignment = 8;
    private const ushort VersionBitmap = 1;
    private const int BitsPerBitmap = 32;

    /// <inheritdoc/>
    public override MessageType Type => MessageType.Hello;

    /// <summary>The highest version that the sender speaks: 1 is OpenFlow 1.0, 4 is 1.3, 6 is 1.5.</summary>
    public byte Version { get; init; } = OpenFlowConstants.Version;

    /// <summary>What later versions put here, the bitmap of versions among it; to be ignored in 1.0.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>
    /// Whether the sender speaks a version: where it lists them, if that is among them, and else if it is no later than
    /// <see cref="Version"/>.
    /// </summary>
    public bool Offers(byte version) => Listed() is { } listed ? listed.Contains(version) : version <= Version;

    /// <summary>The versions that the sender speaks, for people: OpenFlow 1.3, for example.</summary>
    public string VersionsText() => string.Join(", ", (Listed() ?? [Version]).Select(version => version switch
    {
        >= 1 and <= 6 => $"OpenFlow 1.{version - 1}",
        _ => $"version {version}",
    }));

    /// <summary>The versions listed; null where there is no list.</summary>
    private List<byte>? Listed()
    {
        for (var rest = Body.Span; rest.Length >= ElementHeader;)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            if (length < ElementHeader || length > rest.Length)
                return null;
            if (BinaryPrimitives.ReadUInt16BigEndian(rest) == VersionBitmap)
                return Versions(rest[ElementHeader..length]);
            rest = rest[Math.Min(rest.Length, (length + ElementAlignment - 1) / ElementAlignment * ElementAlignment)..];
        }
        return null;
    }

    private static List<byte> Versions(ReadOnlySpan<byte> bitmaps)
    {
        var versions = new List<byte>();
        for (var version = 0; version <= byte.MaxValue && version / BitsPerBitmap * sizeof(uint) + sizeof(uint) <= bitmaps.Length; version++)
        {
            var bitmap = BinaryPrimitives.ReadUInt32BigEndian(bitmaps[(version / BitsPerBitmap * sizeof(uint))..]);
            if ((bitmap >> (version % BitsPerBitmap) & 1) != 0)
                versions.Add((byte)version);
        }
        return versions;
    }

    internal static HelloMessage Read(ref WireReader reader, byte version) =>
        new() { Xid = reader.Xid, Version = version, Body = reader.ReadRest() };

    internal override void Write(WireWriter writer) => writer.WriteBytes(Body);
}
