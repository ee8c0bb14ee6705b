namespace STrace.FunctionalTests;

/// <summary>A test that makes switches and network namespaces. Where CI=true it is never skipped: it fails where it cannot run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NetworkFactAttribute : FactAttribute
{
    public NetworkFactAttribute() => Skip = NetworkNeeds.Lacking;
}

/// <summary>As <see cref="NetworkFactAttribute"/>, for each of several arguments.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NetworkTheoryAttribute : TheoryAttribute
{
    public NetworkTheoryAttribute() => Skip = NetworkNeeds.Lacking;
}

internal static class NetworkNeeds
{
    private static readonly (string File, string Package)[] Tools =
    [
        ("/usr/bin/ovs-vsctl", "openvswitch-switch"), ("/usr/bin/mn", "mininet"),
        ("/usr/sbin/ethtool", "ethtool"), ("/usr/bin/dot", "graphviz"), ("/usr/bin/ovs-testcontroller", "openvswitch-testcontroller"),
        ("/usr/bin/osken-manager", "python3-os-ken"), ("/usr/bin/iperf", "iperf"),
    ];

    /// <summary>What the machine lacks, in a sentence; null when it lacks nothing, or must not.</summary>
    public static string? Lacking
    {
        get
        {
            string[] missing = [.. Tools.Where(t => !File.Exists(t.File)).Select(t => t.Package)];
            return Environment.GetEnvironmentVariable("CI") == "true" ? null
                : !Environment.IsPrivilegedProcess ? "needs root, for switches and network namespaces"
                : missing.Length > 0 ? $"needs packages: apt-get install {string.Join(' ', missing)}"
                : null;
        }
    }
}
