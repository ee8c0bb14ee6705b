using System.Globalization;

namespace STrace.Cli;

/// <summary>Times of the API (ns since the epoch, as text) for people.</summary>
internal static class TextForm
{
    public static string Time(string ns) => DateTime.UnixEpoch.AddTicks(Number(ns) / 100).ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    public static string Seconds(string fromNs, string toNs) => Seconds(Number(toNs) - Number(fromNs));

    public static string Milliseconds(string ns) => (Number(ns) / 1e6).ToString("0.000", CultureInfo.InvariantCulture);

    private static string Seconds(long ns) => (ns / 1e9).ToString("0.0", CultureInfo.InvariantCulture);

    private static long Number(string ns) => long.Parse(ns, CultureInfo.InvariantCulture);
}
