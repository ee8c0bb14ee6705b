using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using STrace.Model;

namespace STrace.Agent;

/// <summary>A file of shared memory, mapped whole.</summary>
internal sealed unsafe class SharedMemory : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _base;

    private SharedMemory(string path, SafeFileHandle handle)
    {
        using (handle)
        {
            (Path, Bytes) = (path, RandomAccess.GetLength(handle));
            _file = MemoryMappedFile.CreateFromFile(handle, null, Bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        }
        _view = _file.CreateViewAccessor(0, Bytes);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);
    }

    public string Path { get; }
    public long Bytes { get; }
    public byte* Base => _base;

    /// <summary>A new file of the user's, all of its pages allocated.</summary>
    /// <exception cref="AgentException">There is no memory for it.</exception>
    public static SharedMemory Create(string path, uint uid, uint gid, long bytes)
    {
        int descriptor = HostLibrary.ArenaCreate(path, uid, gid, (ulong)bytes);
        return descriptor >= 0
            ? new SharedMemory(path, new SafeFileHandle(descriptor, ownsHandle: true))
            : throw new AgentException($"cannot make the arena {path} of {bytes >> 20} MB: {LinuxErrno.Describe(-descriptor)}");
    }

    /// <summary>What <see cref="Create"/> made in an earlier run; null when there is none, or it is not the user's.</summary>
    public static SharedMemory? Open(string path, uint uid)
    {
        int descriptor = HostLibrary.ArenaOpen(path, uid);
        return descriptor >= 0 ? new SharedMemory(path, new SafeFileHandle(descriptor, ownsHandle: true)) : null;
    }

    /// <param name="forget">Take the name away; mappings stay valid.</param>
    public void Dispose(bool forget)
    {
        if (forget)
            File.Delete(Path);
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    public void Dispose() => Dispose(forget: false);
}
