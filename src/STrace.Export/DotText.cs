using System.Globalization;
using System.Text;
using STrace.Model;

namespace STrace.Export;

/// <summary>Texts of the drawing: escaped, and as an operator reads times and calls.</summary>
internal static class DotText
{
    private const int MaxPathLength = 40;

    /// <summary>A quoted string of the DOT language.</summary>
    public static string Quoted(string text) =>
        $"\"{Printable(text).Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"";

    /// <summary>Text inside an HTML-like label.</summary>
    public static string Html(string text) =>
        Printable(text).Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;").Replace("\n", " ");

    /// <summary>HH:MM:SS.ffffff, UTC.</summary>
    public static string Time(long ns) =>
        DateTime.UnixEpoch.AddTicks(ns / 100).ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    /// <summary>yyyy-MM-dd HH:MM:SS.ffffff, UTC.</summary>
    public static string Date(long ns) =>
        DateTime.UnixEpoch.AddTicks(ns / 100).ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    public static string Duration(long ns) => ns switch
    {
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{ns / 1e3:0.#} µs"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{ns / 1e6:0.#} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{ns / 1e9:0.0} s"),
    };

    /// <summary>What the call acted on, where its name alone says too little: the peer of a connection, the path of a file.</summary>
    public static string? Target(HostEvent e)
    {
        if (e.Operation == Operation.Connect || e.Operation.IsAccept())
            return e.Channel?.Peer?.ToString() ?? e.Channel?.Path;
        string? path = e.Path;
        return path is { Length: > MaxPathLength } ? "…" + path[^MaxPathLength..] : path;
    }

    /// <summary>Everything that there is no room for in the node.</summary>
    public static string Tooltip(HostEvent e)
    {
        string error = e.Errno == 0 ? "" : $" ({LinuxErrno.Describe(e.Errno)})";
        return $"{e.Operation.Name()} = {e.Result}{error}, {e.Bytes} bytes, " +
            $"{Time(e.EnterNs)} to {Time(e.ExitNs)} ({Duration(e.ExitNs - e.EnterNs)})\n" +
            $"{e.Host}, {e.Program}, thread {e.Tid} of process {e.Pid}, call {e.Sequence}\n{e.Channel} {e.Path}";
    }

    // Control characters, which XML cannot hold, and halves of surrogate pairs, which UTF-8 cannot.
    private static string Printable(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            result.Append(Rune.IsControl(rune) && rune.Value != '\n' ? "\uFFFD" : rune.ToString());
        return result.ToString();
    }
}
