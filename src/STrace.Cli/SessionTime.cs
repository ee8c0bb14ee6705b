using System.Globalization;

namespace STrace.Cli;

/// <summary>Moments of a session as people write them.</summary>
internal static class SessionTime
{
    public const string Forms = "2026-05-04T10:20:30.5, 10:20:30 of the session's day, or ns since the epoch";

    /// <param name="option">Which option says it.</param>
    /// <param name="startNs">Of the session, whose day a time without a date is of.</param>
    /// <returns>ns since the epoch.</returns>
    /// <exception cref="CliException">It is none of the forms.</exception>
    public static long Parse(string option, string text, string startNs)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long ns))
            return ns;
        DateTime day = DateTime.UnixEpoch.AddTicks(long.Parse(startNs, CultureInfo.InvariantCulture) / 100).Date;
        if (TimeSpan.TryParseExact(text, ["hh\\:mm\\:ss", "hh\\:mm\\:ss\\.FFFFFFF"], CultureInfo.InvariantCulture, out TimeSpan time))
            return Ns(day + time);
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime moment)
            ? Ns(moment)
            : throw new CliException(ExitStatus.Usage, $"{option}: '{text}' is not a time such as 2026-05-04T10:20:30.5, 10:20:30 or ns since the epoch");
    }

    private static long Ns(DateTime time) => (time - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
