using System.Runtime.CompilerServices;

namespace STrace.Agent.Tests;

/// <summary>Tells the agent where libsthost.so is: in $STRACE_BIN, else in the repository's bin, where `make native` puts it.</summary>
internal static class NativeParts
{
    [ModuleInitializer]
    internal static void Find() =>
        Environment.SetEnvironmentVariable("STRACE_BIN", Environment.GetEnvironmentVariable("STRACE_BIN") ?? Folder());

    // Told by the compiler: what is built need not stand within the repository.
    private static string Folder([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "bin"));
}
