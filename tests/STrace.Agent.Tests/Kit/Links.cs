using System.Diagnostics;

namespace STrace.Agent.Tests;

/// <summary>Network namespaces and virtual Ethernet links of one test, removed with it.</summary>
internal sealed class Links : IDisposable
{
    private readonly Stack<string> _undo = [];

    /// <summary>Begins the names of this test's own.</summary>
    public string Prefix { get; } = $"st{Random.Shared.Next(0x1000000):x6}";

    public string Namespace(string suffix)
    {
        string name = Prefix + suffix;
        Ip($"netns add {name}");
        _undo.Push($"netns del {name}");
        Ip($"-n {name} link set lo up");
        return name;
    }

    /// <summary>Two linked interfaces that are up and on which the machine says nothing by itself.</summary>
    public (string Near, string Far) Pair(string suffix)
    {
        var (near, far) = ($"{Prefix}{suffix}n", $"{Prefix}{suffix}f");
        Ip($"link add {near} type veth peer name {far}");
        _undo.Push($"link del {near}");
        foreach (string end in (string[])[near, far])
        {
            Ip($"link set {end} addrgenmode none");
            Ip($"link set {end} up");
        }
        return (near, far);
    }

    public static void Ip(string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"ip {arguments}: {errors}");
    }

    public void Dispose()
    {
        while (_undo.TryPop(out string? undo))
            Ip(undo);
    }
}
