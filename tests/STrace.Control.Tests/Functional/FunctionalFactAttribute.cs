namespace STrace.Control.Tests.Functional;

/// <summary>Needs root and Open vSwitch; skipped with the reason where the machine lacks them.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FunctionalFactAttribute : FactAttribute
{
    public FunctionalFactAttribute()
    {
        if (Environment.UserName != "root")
            Skip = "needs root for network namespaces";
        else if (!File.Exists("/usr/bin/ovs-vsctl"))
            Skip = "needs Open vSwitch: apt-get install openvswitch-switch";
        else if (!File.Exists("/usr/sbin/ethtool"))
            Skip = "needs ethtool: apt-get install ethtool";
    }
}
