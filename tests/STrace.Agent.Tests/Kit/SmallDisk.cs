using System.Diagnostics;

namespace STrace.Agent.Tests;

/// <summary>A file system that is soon full, mounted at a folder; needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    public SmallDisk(string folder, int bytes)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "tmpfs", _folder);
    }

    // Lazily: files on it may still be open.
    public void Dispose() => Run("umount", "-l", _folder);

    private static void Run(string command, params string[] arguments)
    {
        using Process process = Process.Start(command, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
