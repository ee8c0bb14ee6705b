using System.Runtime.InteropServices;

namespace STrace.Agent.Tests;

/// <summary>Who runs the tests.</summary>
internal static partial class User
{
    [LibraryImport("libc", EntryPoint = "getuid")]
    private static partial uint GetUid();

    [LibraryImport("libc", EntryPoint = "getgid")]
    private static partial uint GetGid();

    public static uint Id => GetUid();

    public static uint GroupId => GetGid();
}
