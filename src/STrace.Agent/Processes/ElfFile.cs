using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>
/// What an executable says of itself that decides whether libwrapper can be brought into it (ELF, gABI chapters 4 and 5).
/// </summary>
/// <param name="Interpreter">The program that loads it (PT_INTERP); null for a static one.</param>
/// <param name="IsGo">It has the section that Go's linker writes.</param>
/// <param name="IsPrivileged">The file is setuid, setgid or has capabilities.</param>
public sealed partial record ElfFile(bool Is64Bit, string? Interpreter, bool IsGo, bool IsPrivileged)
{
    private const int ProgramInterpreter = 3; // PT_INTERP
    private const int DynamicSymbolTable = 11; // SHT_DYNSYM
    private const int SymbolBytes = 24;
    private static readonly string[] GoSections = [".go.buildinfo", ".note.go.buildid"];

    /// <summary>Why libwrapper cannot be in a process of this program; none when it can.</summary>
    public Obstacle Obstacle =>
        !Is64Bit ? Obstacle.ThirtyTwoBit
        : IsGo ? Obstacle.Go
        : Interpreter is null ? Obstacle.StaticExecutable
        : Interpreter.Contains("musl", StringComparison.Ordinal) ? Obstacle.OtherLibc
        : IsPrivileged ? Obstacle.Privileged
        : Obstacle.None;

    /// <summary>Null when the file cannot be read or is not of this format: a script, say.</summary>
    public static ElfFile? TryRead(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (Header(file) is not { } header)
                return null;
            bool privileged = (File.GetUnixFileMode(path) & (UnixFileMode.SetUser | UnixFileMode.SetGroup)) != 0 || HasCapabilities(path);
            return header.Is64Bit
                ? new ElfFile(true, Interpreted(file, header), Sections(file, header).Any(s => GoSections.Contains(s.Name)), privileged)
                : new ElfFile(false, null, false, privileged);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>The functions and variables that a 64-bit shared object exports, with their addresses in the file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<(string Name, ulong Address)> Exports(string path)
    {
        using FileStream file = File.OpenRead(path);
        if (Header(file) is not { Is64Bit: true } header)
            return [];
        List<Section> sections = [.. Sections(file, header)];
        var exports = new List<(string, ulong)>();
        foreach (Section table in sections.Where(s => s.Type == DynamicSymbolTable))
        {
            byte[] names = Read(file, sections[table.Link].Offset, sections[table.Link].Size);
            byte[] symbols = Read(file, table.Offset, table.Size);
            for (int at = 0; at + SymbolBytes <= symbols.Length; at += SymbolBytes)
            {
                ReadOnlySpan<byte> symbol = symbols.AsSpan(at);
                if (BinaryPrimitives.ReadUInt16LittleEndian(symbol[6..]) != 0) // else it is imported
                    exports.Add((Text(names, BinaryPrimitives.ReadInt32LittleEndian(symbol)), BinaryPrimitives.ReadUInt64LittleEndian(symbol[8..])));
            }
        }
        return exports;
    }

    private sealed record ElfHeader(bool Is64Bit, long Programs, int ProgramBytes, int ProgramCount, long Sections, int SectionBytes, int SectionCount, int Names);

    private sealed record Section(string Name, int Type, long Offset, int Size, int Link);

    private static ElfHeader? Header(FileStream file)
    {
        Span<byte> bytes = stackalloc byte[64];
        if (file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length || !bytes.StartsWith("\u007fELF"u8))
            return null;
        return new ElfHeader(
            bytes[4] == 2,
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[54..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[56..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[58..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[60..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[62..]));
    }

    private static string? Interpreted(FileStream file, ElfHeader header)
    {
        for (int i = 0; i < header.ProgramCount; i++)
        {
            byte[] program = Read(file, header.Programs + (long)i * header.ProgramBytes, 56);
            if (BinaryPrimitives.ReadInt32LittleEndian(program) == ProgramInterpreter)
                return Text(Read(file, BinaryPrimitives.ReadInt64LittleEndian(program.AsSpan(8)), BinaryPrimitives.ReadInt32LittleEndian(program.AsSpan(32))), 0);
        }
        return null;
    }

    private static IEnumerable<Section> Sections(FileStream file, ElfHeader header)
    {
        if (header.SectionCount == 0)
            return [];
        byte[][] raw = [.. Enumerable.Range(0, header.SectionCount).Select(i => Read(file, header.Sections + (long)i * header.SectionBytes, 64))];
        byte[] names = Read(file, Offset(raw[header.Names]), Size(raw[header.Names]));
        return raw.Select(s => new Section(
            Text(names, BinaryPrimitives.ReadInt32LittleEndian(s)), BinaryPrimitives.ReadInt32LittleEndian(s.AsSpan(4)), Offset(s), Size(s),
            BinaryPrimitives.ReadInt32LittleEndian(s.AsSpan(40))));
    }

    private static long Offset(byte[] section) => BinaryPrimitives.ReadInt64LittleEndian(section.AsSpan(24));

    private static int Size(byte[] section) => (int)BinaryPrimitives.ReadInt64LittleEndian(section.AsSpan(32));

    private static byte[] Read(FileStream file, long offset, int count)
    {
        if (count < 0 || offset < 0 || offset + count > file.Length)
            throw new EndOfStreamException($"{file.Name} is cut off");
        var bytes = new byte[count];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    private static string Text(ReadOnlySpan<byte> bytes, int at)
    {
        ReadOnlySpan<byte> rest = bytes[at..];
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static bool HasCapabilities(string path) => GetXattr(path, "security.capability", 0, 0) > 0;

    [LibraryImport("libc", EntryPoint = "getxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetXattr(string path, string name, nint value, nint size);
}
