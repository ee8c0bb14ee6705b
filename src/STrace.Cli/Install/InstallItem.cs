using System.Security.Cryptography;
using System.Text;

namespace STrace.Cli;

/// <summary>A file or a symbolic link that an installation puts on the machine.</summary>
/// <param name="Path">Absolute, without the root under which it is put.</param>
internal abstract record InstallItem(string Path)
{
    /// <summary>Tells this content from any other, in the manifest.</summary>
    public abstract string Identity { get; }

    /// <param name="at">Where nothing is yet.</param>
    public abstract void Write(string at);

    /// <summary>Identity of what is there; null when nothing is.</summary>
    public static string? IdentityAt(string path) => new FileInfo(path) is var file && file.LinkTarget is { } target ? $"->{target}"
        : file.Exists ? Hash(File.ReadAllBytes(path))
        : null;

    protected static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}

/// <param name="Executable">All may execute it, as libraries too; else all may read it.</param>
internal sealed record InstalledFile(string Path, byte[] Content, bool Executable) : InstallItem(Path)
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Runnable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public InstalledFile(string path, string text)
        : this(path, Encoding.UTF8.GetBytes(text), Executable: false)
    {
    }

    public override string Identity { get; } = Hash(Content);

    public override void Write(string at)
    {
        File.WriteAllBytes(at, Content);
        File.SetUnixFileMode(at, Executable ? Runnable : Readable);
    }
}

internal sealed record InstalledLink(string Path, string Target) : InstallItem(Path)
{
    public override string Identity => $"->{Target}";

    public override void Write(string at) => File.CreateSymbolicLink(at, Target);
}
