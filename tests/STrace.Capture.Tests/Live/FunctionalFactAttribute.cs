namespace STrace.Capture.Tests.Live;

/// <summary>Needs root and libpcap; skipped with the reason where the machine lacks them.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FunctionalFactAttribute : FactAttribute
{
    /// <param name="tools">Programs that the test runs beside ip; tcpdump and tshark have packages of these names.</param>
    public FunctionalFactAttribute(params string[] tools)
    {
        if (Environment.UserName != "root")
            Skip = "needs root for network namespaces";
        else if (!File.Exists("/usr/sbin/ip") && !File.Exists("/sbin/ip"))
            Skip = "needs ip: apt-get install iproute2";
        else if (Array.Find(tools, tool => !File.Exists($"/usr/bin/{tool}")) is { } missing)
            Skip = $"needs {missing}: apt-get install tshark tcpdump";
    }
}
