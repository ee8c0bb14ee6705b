using System.Globalization;
using STrace.AgentProtocol;

namespace STrace.Manager;

/// <summary>The words of findings.</summary>
internal static class FindingText
{
    public static string Time(long ns) => DateTime.UnixEpoch.AddTicks(ns / 100).ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    public static string Name(ProcessRecord process) => $"{process.Program}[{process.Pid}]";

    public static string Count(long count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
