using System.Globalization;

namespace STrace.Agent;

/// <summary>One folder of /proc, as proc(5) tells it. A process that ends meanwhile throws <see cref="IOException"/>.</summary>
internal readonly struct ProcFolder(int pid)
{
    private const int MaxDescriptors = 8192;
    private const int AuxSecure = 23; // AT_SECURE, getauxval(3)
    private const long NsPerTick = 1_000_000_000 / 100; // USER_HZ, which is 100 for all that user space sees

    private string Path => $"/proc/{pid}";

    /// <summary>Null for a thread of the kernel, which has no program, and for a process of another user.</summary>
    public string? Executable => Link("exe");

    public string? NetworkNamespace => Link("ns/net");

    public string Command => First(Words("cmdline"));

    public string Maps => File.ReadAllText($"{Path}/maps");

    /// <summary>Program, parent and start; the start in ns since the machine's.</summary>
    public (string Program, int Ppid, long StartNs) Status
    {
        get
        {
            string stat = File.ReadAllText($"{Path}/stat");
            int open = stat.IndexOf('(');
            int close = stat.LastIndexOf(')'); // a program's name may hold anything
            string[] rest = stat[(close + 2)..].Split(' ');
            return (stat[(open + 1)..close], int.Parse(rest[1], CultureInfo.InvariantCulture), long.Parse(rest[19], CultureInfo.InvariantCulture) * NsPerTick);
        }
    }

    public uint Uid => uint.Parse(
        File.ReadLines($"{Path}/status").First(l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1], CultureInfo.InvariantCulture);

    /// <summary>It was executed with more rights than its starter had, so that the loader does not listen to the environment.</summary>
    public bool IsSecure
    {
        get
        {
            byte[] auxiliary = File.ReadAllBytes($"{Path}/auxv");
            for (int at = 0; at + 16 <= auxiliary.Length; at += 16)
            {
                if (BitConverter.ToUInt64(auxiliary, at) == AuxSecure)
                    return BitConverter.ToUInt64(auxiliary, at + 8) != 0;
            }
            return false;
        }
    }

    /// <summary>What its descriptors stand for: <c>socket:[123]</c>, <c>anon_inode:[io_uring]</c>, paths.</summary>
    public IEnumerable<string> Descriptors()
    {
        foreach (string descriptor in Directory.EnumerateFileSystemEntries($"{Path}/fd").Take(MaxDescriptors))
        {
            if (new FileInfo(descriptor).LinkTarget is { } target)
                yield return target;
        }
    }

    /// <summary>A variable of the environment that it was started with; null when it has none of that name.</summary>
    public string? Variable(string name) => Words("environ")
        .FirstOrDefault(v => v.StartsWith(name, StringComparison.Ordinal) && v.Length > name.Length && v[name.Length] == '=')?[(name.Length + 1)..];

    private static string First(string[] words) => words.Length > 0 ? words[0] : "";

    private string[] Words(string file) => File.ReadAllText($"{Path}/{file}").Split('\0');

    private string? Link(string name) => new FileInfo($"{Path}/{name}").LinkTarget;
}
