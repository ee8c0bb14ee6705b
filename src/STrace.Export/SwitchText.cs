namespace STrace.Export;

/// <summary>Numbers of the switches, as operators write them.</summary>
internal static class SwitchText
{
    /// <summary>16 hex digits.</summary>
    public static string Dpid(ulong dpid) => dpid.ToString("x16");

    public static string Cookie(ulong cookie) => $"0x{cookie:x}";
}
