namespace STrace.FunctionalTests;

/// <summary>A test that makes switches and network namespaces. Where CI=true it is never skipped: it fails where it cannot run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NetworkFactAttribute : FactAttribute
{
    private static readonly (string File, string Package)[] Tools =
    [
        ("/usr/bin/ovs-vsctl", "openvswitch-switch"), ("/usr/bin/mn", "mininet"),
        ("/usr/sbin/ethtool", "ethtool"), ("/usr/bin/dot", "graphviz"),
    ];

    public NetworkFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
            return;
        string[] missing = [.. Tools.Where(t => !File.Exists(t.File)).Select(t => t.Package)];
        if (!Environment.IsPrivilegedProcess)
            Skip = "needs root, for switches and network namespaces";
        else if (missing.Length > 0)
            Skip = $"needs packages: apt-get install {string.Join(' ', missing)}";
    }
}
