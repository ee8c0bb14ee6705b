using System.Globalization;

namespace STrace.Capture;

/// <summary>
/// Counts what interfaces lost on arrival because nobody emptied their queues. From /sys/class/net, as libpcap does too, but only for
/// a named interface.
/// </summary>
internal sealed class InterfaceDrops
{
    private const string Folder = "/sys/class/net";
    private static readonly string[] Counts = ["rx_missed_errors", "rx_fifo_errors"];

    private readonly string _interface;
    private readonly Dictionary<string, long> _last = [];

    /// <param name="interfaceName">A name, or <see cref="CaptureOptions.AnyInterface"/>.</param>
    public InterfaceDrops(string interfaceName)
    {
        _interface = interfaceName;
        ReadNew();
    }

    /// <summary>Packets lost since it was last called. An interface that has appeared counts from its own beginning.</summary>
    public long ReadNew()
    {
        long lost = 0;
        foreach (string name in _interface == CaptureOptions.AnyInterface ? Interfaces() : [_interface])
        {
            foreach (string count in Counts)
            {
                string path = $"{Folder}/{name}/statistics/{count}";
                long now = Read(path);
                lost += Math.Max(now - _last.GetValueOrDefault(path), 0); // below it the interface is a new one of the old name
                _last[path] = now;
            }
        }
        return lost;
    }

    private static IEnumerable<string> Interfaces() =>
        Directory.Exists(Folder) ? Directory.EnumerateFileSystemEntries(Folder).Select(path => Path.GetFileName(path)) : [];

    /// <summary>0 of an interface that is not there, or not any more.</summary>
    private static long Read(string path)
    {
        try
        {
            return long.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
