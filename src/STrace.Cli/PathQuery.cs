using System.CommandLine;
using System.Globalization;
using STrace.Manager;

namespace STrace.Cli;

/// <summary>The options that say which paths: of which session, with which rewrites, above which time an edge is slow.</summary>
internal static class PathQuery
{
    public static readonly Option<string> Session = new("--session") { Description = "the session", Required = true };

    public static readonly Option<string?> Rewrites = new("--rewrites")
    {
        Description = "which sources of address rewrites may join paths: none, or a list of live,replay,packets [all]",
    };

    public static readonly Option<string?> Slow = new("--slow") { Description = "the time above which an edge is slow, e.g. 500ms, 2s, 1m [60s]" };

    /// <summary>The API's path for what was asked.</summary>
    public static string Of(ParseResult parsed, string what)
    {
        var query = new List<string>();
        if (parsed.GetValue(Rewrites) is { } rewrites)
            query.Add($"rewrites={Uri.EscapeDataString(rewrites)}");
        if (parsed.GetValue(Slow) is { } slow)
            query.Add($"slow={Seconds(slow).ToString(CultureInfo.InvariantCulture)}");
        return $"sessions/{Uri.EscapeDataString(parsed.GetValue(Session)!)}/{what}?{string.Join('&', query)}";
    }

    private static double Seconds(string text) => DurationText.TryRead(text, out TimeSpan time) && time > TimeSpan.Zero
        ? time.TotalSeconds
        : throw new CliException(ExitStatus.Usage, $"--slow: '{text}' is not a time such as 500ms, 2s or 1m");
}
