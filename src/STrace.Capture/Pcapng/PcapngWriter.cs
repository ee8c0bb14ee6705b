using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace STrace.Capture;

/// <summary>
/// Writes a capture file that Wireshark, tcpdump and <see cref="PcapngReader"/> read. Each block goes to the stream in one write,
/// so that a file whose writer was killed has whole blocks but for its last one.
/// </summary>
public sealed class PcapngWriter : IDisposable
{
    private readonly Stream _stream;
    private readonly PcapngBlockWriter _block = new();
    private int _interfaces;

    /// <param name="stream">Is written from where it stands, and disposed of with this.</param>
    /// <param name="application">Who writes, for the section header.</param>
    public PcapngWriter(Stream stream, string application)
    {
        _stream = stream;
        _block.Begin(PcapngFormat.SectionHeader);
        _block.UInt32(PcapngFormat.ByteOrderMagic);
        _block.UInt16(PcapngFormat.MajorVersion);
        _block.UInt16(0);
        _block.UInt64(ulong.MaxValue); // section length: not known
        _block.Option(PcapngFormat.HardwareOption, RuntimeInformation.OSArchitecture.ToString());
        _block.Option(PcapngFormat.OsOption, RuntimeInformation.OSDescription);
        _block.Option(PcapngFormat.ApplicationOption, application);
        _block.EndOptions();
        WriteBlock();
    }

    /// <summary>At any time, before the interface's first packet.</summary>
    /// <param name="snapLength">Most bytes kept of a packet; 0 for no limit.</param>
    /// <returns>The interface's number in the file.</returns>
    /// <exception cref="ArgumentException">A text has more than 65,535 bytes.</exception>
    public int AddInterface(string name, string description, LinkType linkType, int snapLength)
    {
        _block.Begin(PcapngFormat.InterfaceDescription);
        _block.UInt16((ushort)linkType);
        _block.UInt16(0);
        _block.UInt32((uint)snapLength);
        _block.Option(PcapngFormat.NameOption, name);
        _block.Option(PcapngFormat.DescriptionOption, description);
        _block.Option(PcapngFormat.TimeResolutionOption, [PcapngFormat.NanosecondResolution]);
        _block.EndOptions();
        WriteBlock();
        return _interfaces++;
    }

    /// <param name="timeNs">Ns since the epoch.</param>
    /// <param name="originalLength">Bytes that the packet had on the wire.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such interface.</exception>
    /// <exception cref="ArgumentException">The comment has more than 65,535 bytes.</exception>
    public void Write(
        int interfaceId,
        long timeNs,
        ReadOnlySpan<byte> captured,
        int originalLength,
        PacketDirection direction = PacketDirection.Unknown,
        string comment = "")
    {
        BeginOn(interfaceId, PcapngFormat.EnhancedPacket, timeNs);
        _block.UInt32((uint)captured.Length);
        _block.UInt32((uint)originalLength);
        _block.Padded(captured);
        if (direction != PacketDirection.Unknown || comment.Length > 0)
        {
            _block.Option(PcapngFormat.CommentOption, comment);
            WriteDirection(direction);
            _block.EndOptions();
        }
        WriteBlock();
    }

    /// <param name="timeNs">When the counts were read, ns since the epoch.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such interface.</exception>
    public void WriteStatistics(int interfaceId, long timeNs, CaptureStatistics statistics)
    {
        BeginOn(interfaceId, PcapngFormat.InterfaceStatistics, timeNs);
        _block.Option(PcapngFormat.InterfaceDropOption, (ulong)statistics.DroppedByInterface);
        _block.Option(PcapngFormat.FilterAcceptOption, (ulong)statistics.Received);
        _block.Option(PcapngFormat.OsDropOption, (ulong)statistics.DroppedByKernel);
        _block.EndOptions();
        WriteBlock();
    }

    public void Flush() => _stream.Flush();

    public void Dispose() => _stream.Dispose();

    private void BeginOn(int interfaceId, uint blockType, long timeNs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(interfaceId);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(interfaceId, _interfaces);
        _block.Begin(blockType);
        _block.UInt32((uint)interfaceId);
        _block.Time(timeNs);
    }

    private void WriteDirection(PacketDirection direction)
    {
        if (direction == PacketDirection.Unknown)
            return;
        Span<byte> flags = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(flags, direction == PacketDirection.In ? PcapngFormat.Inbound : PcapngFormat.Outbound);
        _block.Option(PcapngFormat.FlagsOption, flags);
    }

    private void WriteBlock() => _stream.Write(_block.End());
}
