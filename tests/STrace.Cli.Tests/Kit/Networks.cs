using STrace.Manager;

namespace STrace.Cli.Tests;

/// <summary>What a manager may tell of a network.</summary>
internal static class Networks
{
    public const string Since = "1700000000123456789"; // 2023-11-14 22:13:20.123456
    public const string S1 = "0000000000000001";
    public const string S2 = "0000000000000002";

    public static readonly TopologyInfo Empty = new([], [], [], []);

    public static SwitchInfo Switch(string dpid, string name, bool connected = true, params SwitchPortInfo[] ports) =>
        new(dpid, connected, "127.0.0.1:5", name, ports, Since);

    /// <summary>Both directions of a link from port 2 of s1 to port 3 of s2, the higher end's first.</summary>
    public static LinkInfo[] Link(string? reason = null, bool floods = true) => [Way(S2, 3, S1, 2, reason, floods), Way(S1, 2, S2, 3, reason, floods)];

    public static LinkInfo Way(string from, int fromPort, string to, int toPort, string? reason = null, bool floods = true) =>
        new(new PortInfo(from, fromPort), new PortInfo(to, toPort), reason is null ? "up" : "down", Since, reason, floods);
}
