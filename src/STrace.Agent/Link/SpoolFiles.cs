using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Win32.SafeHandles;

namespace STrace.Agent;

/// <summary>
/// The blocks of one run of an agent that are on the disk: files <c>FIRST.spool</c> in a folder named after the run, where FIRST is the
/// sequence of the first block, one block behind the other in the order of their sequences. Numbers are little-endian.
/// <code>
///  0        4          8          16        20
///  +--------+----------+----------+---------+-----------------+
///  | length | checksum | sequence | records | length bytes    |    checksum: CRC-32C of everything behind it
///  +--------+----------+----------+---------+-----------------+    the bytes: the frame as it goes to the manager, behind a
///                                                                    PASSED where one stands before it
/// </code>
/// A file whose blocks are all acknowledged is deleted. Used under the spool's lock.
/// </summary>
internal sealed class SpoolFiles : IDisposable
{
    private const string Extension = ".spool";
    private const int HeaderBytes = 20;
    private const int ChecksumEnd = 8;
    private const long FileBytes = 16 * 1024 * 1024;

    private readonly SpoolFolder _folder;
    private readonly string _path;
    private readonly List<Segment> _segments = [];
    private readonly byte[] _header = new byte[HeaderBytes];
    private FileStream? _lock;
    private long _acknowledged;
    private (Segment Segment, long Offset, long After)? _cursor; // where the block behind After stands

    private sealed class Segment(string path, SafeFileHandle handle, long first)
    {
        public string Path => path;
        public SafeFileHandle Handle => handle;
        public long First => first;
        public long Last { get; set; } = first - 1;
        public long Length { get; set; }
    }

    private SpoolFiles(SpoolFolder folder, Guid agent)
    {
        _folder = folder;
        Agent = agent;
        _path = Path.Combine(folder.Path, agent.ToString());
    }

    public Guid Agent { get; }

    /// <summary>Sequence of the last block; 0 when there is none.</summary>
    public long LastSequence => _segments.Count > 0 ? _segments[^1].Last : 0;

    /// <summary>Blocks that are not acknowledged.</summary>
    public long Blocks => _segments.Count > 0 ? LastSequence - Math.Max(_acknowledged, _segments[0].First - 1) : 0;

    public long Bytes => _segments.Sum(s => s.Length);

    /// <summary>The disk took nothing when it was last asked.</summary>
    public bool Failed { get; private set; }

    /// <summary>For this run; nothing is made before the first block.</summary>
    public static SpoolFiles New(SpoolFolder folder, Guid agent) => new(folder, agent);

    /// <summary>What an earlier run left. What was being written when it was killed is cut off and counted.</summary>
    /// <returns>Null when that run goes on.</returns>
    /// <exception cref="IOException">The files cannot be read.</exception>
    public static SpoolFiles? Open(SpoolFolder folder, Guid agent)
    {
        var files = new SpoolFiles(folder, agent);
        if (!files.TryLock())
            return null;
        foreach (string path in Directory.GetFiles(files._path, $"*{Extension}").Order(StringComparer.Ordinal))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(path), out long first))
                files.Scan(new Segment(path, File.OpenHandle(path, access: FileAccess.ReadWrite), first));
        }
        return files;
    }

    /// <summary>False when there is no room for it, in the folder or on the disk.</summary>
    public bool TryAppend(long sequence, SpoolFrame frame)
    {
        long size = HeaderBytes + frame.Length;
        if (frame.Records > 0 && !_folder.HasRoom(size))
            return false;
        Segment? segment = _segments is [.., { Length: < FileBytes } last] ? last : null;
        try
        {
            segment ??= NewSegment(sequence);
            WriteHeader(sequence, frame);
            RandomAccess.Write(segment.Handle, [_header, frame.Before, frame.Bytes], segment.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _folder.TellFailure(e.Message);
            Failed = true;
            return false;
        }
        segment.Last = sequence;
        segment.Length += size;
        _folder.Use(size);
        if (Failed)
            _folder.TellRecovery();
        Failed = false;
        return true;
    }

    /// <summary>The first block behind this sequence; null when there is none here.</summary>
    public (long Sequence, SpoolFrame Frame)? ReadAfter(long after, BufferPool buffers)
    {
        while (after < LastSequence)
        {
            if (_cursor is not { } cursor || cursor.After != after)
                cursor = (_segments.First(s => s.Last > after), 0, after);
            Segment segment = cursor.Segment;
            for (long offset = cursor.Offset; segment.Last > after;)
            {
                if (Read(segment, offset, buffers) is not var (sequence, frame))
                {
                    Cut(segment, offset, after);
                    break;
                }
                offset += HeaderBytes + frame.Bytes.Length;
                if (sequence > after)
                {
                    Segment next = sequence < segment.Last ? segment : _segments.FirstOrDefault(s => s.First > sequence) ?? segment;
                    _cursor = (next, next == segment ? offset : 0, sequence);
                    return (sequence, frame);
                }
                buffers.Return(frame.Rented);
            }
        }
        return null;
    }

    public void Acknowledge(long sequence)
    {
        _acknowledged = Math.Max(_acknowledged, sequence);
        while (_segments is [var first, ..] && first.Last <= sequence)
            Remove(first);
    }

    /// <summary>Closes the files; takes the folder away when nothing is in it.</summary>
    public void Dispose()
    {
        if (_lock is null)
            return;
        foreach (Segment segment in _segments)
            segment.Handle.Dispose();
        if (_segments.Count == 0)
            Directory.Delete(_path, recursive: true);
        _lock.Dispose();
        _lock = null;
    }

    /// <summary>The lock says that the run goes on: it is the kernel's, and ends with the process.</summary>
    private bool TryLock()
    {
        try
        {
            _lock ??= new FileStream(Path.Combine(_path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private Segment NewSegment(long sequence)
    {
        SpoolFolder.Make(_path);
        if (!TryLock())
            throw new IOException($"{_path} is another agent's");
        string path = Path.Combine(_path, $"{sequence:D19}{Extension}");
        var segment = new Segment(path, File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite), sequence);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _segments.Add(segment);
        return segment;
    }

    private void Scan(Segment segment)
    {
        _segments.Add(segment);
        var buffers = new BufferPool();
        while (Read(segment, segment.Length, buffers) is var (sequence, frame))
        {
            segment.Last = sequence;
            segment.Length += HeaderBytes + frame.Bytes.Length;
            buffers.Return(frame.Rented);
        }
        _folder.Torn(RandomAccess.GetLength(segment.Handle) - segment.Length);
        if (segment.Length == 0)
            Remove(segment);
        else
            RandomAccess.SetLength(segment.Handle, segment.Length);
    }

    /// <summary>A file that does not give back what was written into it: what follows there is lost.</summary>
    private void Cut(Segment segment, long offset, long after)
    {
        _folder.Torn(segment.Length - offset);
        _folder.Use(offset - segment.Length);
        segment.Length = offset;
        segment.Last = after;
        if (after < segment.First)
            Remove(segment);
    }

    private void Remove(Segment segment)
    {
        _segments.Remove(segment);
        _cursor = null;
        segment.Handle.Dispose();
        File.Delete(segment.Path);
        _folder.Use(-segment.Length);
    }

    private void WriteHeader(long sequence, SpoolFrame frame)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_header, frame.Length);
        BinaryPrimitives.WriteInt64LittleEndian(_header.AsSpan(8), sequence);
        BinaryPrimitives.WriteInt32LittleEndian(_header.AsSpan(16), frame.Records);
        BinaryPrimitives.WriteUInt32LittleEndian(_header.AsSpan(4), Checksum(_header, frame.Before, frame.Bytes.Span));
    }

    private (long Sequence, SpoolFrame Frame)? Read(Segment segment, long offset, BufferPool buffers)
    {
        if (RandomAccess.Read(segment.Handle, _header, offset) < HeaderBytes)
            return null;
        int length = BinaryPrimitives.ReadInt32LittleEndian(_header);
        if (length <= 0 || length > RandomAccess.GetLength(segment.Handle) - offset - HeaderBytes)
            return null;
        byte[] buffer = length <= PendingBlock.BufferBytes ? buffers.Rent() : new byte[length];
        Memory<byte> bytes = buffer.AsMemory(0, length);
        if (RandomAccess.Read(segment.Handle, bytes.Span, offset + HeaderBytes) < length ||
            Checksum(_header, [], bytes.Span) != BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(4)))
        {
            buffers.Return(buffer);
            return null;
        }
        return (BinaryPrimitives.ReadInt64LittleEndian(_header.AsSpan(8)),
            new SpoolFrame(bytes, BinaryPrimitives.ReadInt32LittleEndian(_header.AsSpan(16)), buffer));
    }

    private static uint Checksum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> before, ReadOnlySpan<byte> frame) =>
        ~Crc32C(Crc32C(Crc32C(uint.MaxValue, header[ChecksumEnd..]), before), frame);

    private static uint Crc32C(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }
}
