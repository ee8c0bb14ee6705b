namespace STrace.Capture;

/// <summary>
/// Reads the packets of a capture file, whoever wrote it, in either byte order, without holding more than one block. Of the
/// kinds of packet blocks it reads the enhanced one, which every current tool writes.
/// </summary>
public sealed class PcapngReader : IDisposable
{
    private readonly Stream _stream;
    private readonly List<PcapngInterface> _interfaces = [];
    private readonly List<PcapngClock> _clocks = [];
    private readonly Dictionary<int, CaptureStatistics> _statistics = [];
    private readonly PcapngBlockReader _block;

    /// <param name="stream">Is read from where it stands, and disposed of with this.</param>
    public PcapngReader(Stream stream)
    {
        _stream = stream;
        _block = new PcapngBlockReader(stream);
    }

    /// <summary>The interfaces told so far in the section that is being read.</summary>
    public IReadOnlyList<PcapngInterface> Interfaces => _interfaces;

    /// <summary>The last counts told so far in this section, by interface.</summary>
    public IReadOnlyDictionary<int, CaptureStatistics> Statistics => _statistics;

    /// <summary>Blocks passed over, because their kind is not known.</summary>
    public long SkippedBlocks { get; private set; }

    /// <summary>The stream ended within a block, as when its writer was killed; everything before it was read.</summary>
    public bool Truncated => _block.Truncated;

    /// <returns>False at the end of the stream.</returns>
    /// <exception cref="PcapngException">The stream is no pcapng file, or is damaged.</exception>
    public bool TryRead(out PcapngPacket packet)
    {
        while (_block.TryRead())
        {
            switch (_block.Type)
            {
                case PcapngFormat.SectionHeader:
                    BeginSection();
                    break;
                case PcapngFormat.InterfaceDescription:
                    ReadInterface();
                    break;
                case PcapngFormat.InterfaceStatistics:
                    ReadStatistics();
                    break;
                case PcapngFormat.EnhancedPacket:
                    packet = ReadPacket();
                    return true;
                default:
                    SkippedBlocks++;
                    break;
            }
        }
        packet = default;
        return false;
    }

    public void Dispose() => _stream.Dispose();

    private void BeginSection()
    {
        _block.RequireBody(PcapngFormat.SectionBodyLength);
        ushort major = _block.UInt16(4);
        if (major != PcapngFormat.MajorVersion)
            throw _block.Malformed($"a version {major}, where {PcapngFormat.MajorVersion} can be read,");
        _interfaces.Clear();
        _clocks.Clear();
        _statistics.Clear();
    }

    private void ReadInterface()
    {
        PcapngOptions options = _block.OptionsBehind(PcapngFormat.InterfaceBodyLength);
        (string name, string description) = ("", "");
        (byte resolution, long offsetSeconds) = (PcapngFormat.DefaultTimeResolution, 0);
        while (options.MoveNext())
        {
            switch (options.Code)
            {
                case PcapngFormat.NameOption:
                    name = options.Text();
                    break;
                case PcapngFormat.DescriptionOption:
                    description = options.Text();
                    break;
                case PcapngFormat.TimeResolutionOption:
                    resolution = (byte)options.Number(sizeof(byte));
                    break;
                case PcapngFormat.TimeOffsetOption:
                    offsetSeconds = (long)options.Number(sizeof(long));
                    break;
            }
        }
        Require(options);
        var clock = new PcapngClock(resolution, offsetSeconds);
        if (!clock.IsSupported)
            throw _block.Malformed($"an unusable time resolution {resolution}");
        var linkType = (LinkType)_block.UInt16(0);
        int snapLength = (int)Math.Min(_block.UInt32(4), int.MaxValue);
        _interfaces.Add(new PcapngInterface(name, description, linkType, snapLength));
        _clocks.Add(clock);
    }

    private void ReadStatistics()
    {
        PcapngOptions options = _block.OptionsBehind(PcapngFormat.StatisticsBodyLength);
        int interfaceId = InterfaceId();
        CaptureStatistics counts = default;
        while (options.MoveNext())
        {
            switch (options.Code)
            {
                case PcapngFormat.InterfaceDropOption:
                    counts = counts with { DroppedByInterface = (long)options.Number(sizeof(ulong)) };
                    break;
                case PcapngFormat.FilterAcceptOption:
                    counts = counts with { Received = (long)options.Number(sizeof(ulong)) };
                    break;
                case PcapngFormat.OsDropOption:
                    counts = counts with { DroppedByKernel = (long)options.Number(sizeof(ulong)) };
                    break;
            }
        }
        Require(options);
        _statistics[interfaceId] = counts;
    }

    private PcapngPacket ReadPacket()
    {
        _block.RequireBody(PcapngFormat.PacketBodyLength);
        int interfaceId = InterfaceId();
        ulong ticks = ((ulong)_block.UInt32(4) << 32) | _block.UInt32(8);
        uint captured = _block.UInt32(12);
        _block.RequireBody(PcapngFormat.PacketBodyLength + (long)captured);
        if (!_clocks[interfaceId].TryNanoseconds(ticks, out long timeNs))
            throw _block.Malformed($"a time of {ticks} ticks");

        PcapngOptions options = _block.OptionsBehind(PcapngFormat.PacketBodyLength + PcapngFormat.Padded((int)captured));
        PacketDirection direction = PacketDirection.Unknown;
        string comment = "";
        while (options.MoveNext())
        {
            if (options.Code == PcapngFormat.CommentOption)
                comment = options.Text();
            else if (options.Code == PcapngFormat.FlagsOption)
                direction = Direction((uint)options.Number(sizeof(uint)));
        }
        Require(options);
        int originalLength = (int)Math.Min(_block.UInt32(16), int.MaxValue);
        ReadOnlyMemory<byte> data = _block.Bytes(PcapngFormat.PacketBodyLength, (int)captured);
        return new PcapngPacket(interfaceId, timeNs, originalLength, data, direction, comment);
    }

    private static PacketDirection Direction(uint flags) => (flags & PcapngFormat.DirectionMask) switch
    {
        PcapngFormat.Inbound => PacketDirection.In,
        PcapngFormat.Outbound => PacketDirection.Out,
        _ => PacketDirection.Unknown,
    };

    /// <summary>The interface that a packet or statistics block names, in its first field.</summary>
    private int InterfaceId()
    {
        uint id = _block.UInt32(0);
        return id < _interfaces.Count ? (int)id : throw _block.Malformed($"interface {id}, which was not described,");
    }

    private void Require(in PcapngOptions options)
    {
        if (options.IsMalformed)
            throw _block.Malformed($"a bad option {options.Code}");
    }
}
