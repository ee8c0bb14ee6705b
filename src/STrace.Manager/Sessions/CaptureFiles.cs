using STrace.Capture;
using STrace.Control;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>
/// The packets of a closed session as pcapng files in its directory, one a switch: an interface stands for the port at which its
/// packets entered, so that any tool can show and filter by it. Made from the session's blocks, and so again at any time.
/// </summary>
internal sealed class CaptureFiles(ISessionStore store, SessionReader reader)
{
    private const string UnknownPort = "port unknown";

    /// <returns>The files; none when no datastore recorded.</returns>
    /// <exception cref="IOException">A file cannot be written; the session itself is whole.</exception>
    public IReadOnlyList<string> Write(string name)
    {
        ISession session = store.Open(name);
        var frames = reader.Frames(name, session).ToList();
        if (frames.Count == 0)
            return [];
        var files = new List<string>();
        foreach (var bySwitch in ReplayPlan.Build(reader.Messages(name, session), frames).Frames.GroupBy(f => f.Frame.Dpid))
        {
            string file = Path.Combine(session.Info.Directory, $"switch-{bySwitch.Key:x16}.pcapng");
            using var writer = new PcapngWriter(File.Create(file), "s-trace");
            Write(writer, bySwitch.OrderBy(f => f.Frame.TimeNs));
            files.Add(file);
        }
        return files;
    }

    private static void Write(PcapngWriter writer, IEnumerable<PlacedFrame> frames)
    {
        var interfaces = new Dictionary<ushort, int>();
        foreach (PlacedFrame placed in frames)
        {
            ushort port = placed.EntryPort ?? 0; // no switch has a port 0
            if (!interfaces.TryGetValue(port, out int number))
            {
                string name = placed.EntryPort is null ? UnknownPort : $"port {port}";
                interfaces[port] = number = writer.AddInterface(name, $"switch {placed.Frame.Dpid:x16} {name}", LinkType.Ethernet, snapLength: 0);
            }
            writer.Write(number, placed.Frame.TimeNs, placed.Frame.Frame.Span, placed.Frame.Frame.Length, PacketDirection.In);
        }
    }
}
