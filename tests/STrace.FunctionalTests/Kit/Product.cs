using System.Reflection;

namespace STrace.FunctionalTests;

/// <summary>Where the repository and the executables that <c>make</c> builds are.</summary>
internal static class Product
{
    public static string Root { get; } = Path.GetFullPath(typeof(Product).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!);

    /// <summary>$STRACE_BIN, else bin/ of the repository.</summary>
    public static string Bin { get; } =
        Environment.GetEnvironmentVariable("STRACE_BIN") is { Length: > 0 } told ? Path.GetFullPath(told) : Path.Combine(Root, "bin");

    public static string Executable(string name) => Path.Combine(Bin, name) is var path && File.Exists(path)
        ? path
        : throw new InvalidOperationException($"{path} does not exist: run `make`, or say in STRACE_BIN where the executables are");
}
