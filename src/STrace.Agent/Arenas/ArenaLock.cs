using Microsoft.Win32.SafeHandles;
using STrace.Model;

namespace STrace.Agent;

/// <summary>
/// An agent's hold on one arena: a locked file beside it, there before the arena is. The kernel releases the lock of an agent that
/// was killed.
/// </summary>
internal sealed class ArenaLock : IDisposable
{
    private const int Bytes = 1;
    private const int Exists = 17; // EEXIST

    private readonly string _path;
    private readonly SafeFileHandle _file;

    private ArenaLock(string path, SafeFileHandle file) => (_path, _file) = (path, file);

    /// <summary>Null where an agent that runs has it, or where the file is another user's.</summary>
    /// <exception cref="AgentException">There is no memory for it.</exception>
    public static ArenaLock? TryTake(string arena)
    {
        string path = PathOf(arena);
        uint user = HostLibrary.EffectiveUser();
        int descriptor = HostLibrary.ArenaCreate(path, user, HostLibrary.EffectiveGroup(), Bytes);
        if (descriptor < 0 && descriptor != -Exists)
            throw new AgentException($"cannot lock the arena {arena}: {LinuxErrno.Describe(-descriptor)}");
        if (descriptor < 0)
            descriptor = HostLibrary.ArenaOpen(path, user); // never through a link: everybody may write into the folder
        if (descriptor < 0)
            return null;
        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (HostLibrary.TryLock(file))
            return new ArenaLock(path, file);
        file.Dispose();
        return null;
    }

    /// <summary>The process that has the arena; null where that may not be seen.</summary>
    public static int? Holder(string arena)
    {
        string path = PathOf(arena);
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), out int pid) && HasOpen(process, path))
                return pid;
        }
        return null;
    }

    public void Dispose()
    {
        File.Delete(_path);
        _file.Dispose();
    }

    private static string PathOf(string arena) => Path.ChangeExtension(arena, ".lock");

    private static bool HasOpen(string process, string path)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd")).Any(fd => new FileInfo(fd).LinkTarget == path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // it has ended, or is not ours to look at
        }
    }
}
