using System.Runtime.InteropServices;

namespace STrace.Agent;

/// <summary>Who holds the rings of an arena, read from its file.</summary>
internal static class RingOwners
{
    /// <returns>The processes, and whether threads have been turned away since it was made.</returns>
    public static (HashSet<int> Pids, bool Full) Read(string arena)
    {
        using FileStream file = File.OpenRead(arena);
        var bytes = new byte[ArenaHeader.Bytes];
        file.ReadExactly(bytes);
        ArenaHeader header = MemoryMarshal.Read<ArenaHeader>(bytes);
        bytes = new byte[header.Slots * RingHeader.Bytes];
        file.ReadExactly(bytes);
        var pids = new HashSet<int>();
        for (int at = 0; at < bytes.Length; at += RingHeader.Bytes)
        {
            RingHeader ring = MemoryMarshal.Read<RingHeader>(bytes.AsSpan(at));
            if (ring.State != RingHeader.Free)
                pids.Add((int)ring.Pid);
        }
        return (pids, header.NoSlot > 0);
    }
}
