using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using STrace.Model;

namespace STrace.Original;

/// <summary>
/// Paths in the shape that scorers read (docs/formats.md). The original's edges say "happened after" (6.2.1): one chain through the
/// path, and its unions. Here the chain goes by when calls had their effect, not by the wrapper's stamps, which put a receive that
/// waited before the send that it received: the original is not to be judged by its stamps.
/// </summary>
internal sealed class OriginalPathWriter(IReadOnlyDictionary<string, string> addresses)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Write(Stream output, string session, IReadOnlyList<OriginalPath> paths)
    {
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", 1);
        json.WriteString("session", session);
        json.WriteStartArray("paths");
        foreach ((int number, OriginalPath path) in paths.Index())
        {
            json.WriteStartObject();
            WritePath(json, number, path);
            json.WriteEndObject();
            json.Flush();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WritePath(Utf8JsonWriter json, int number, OriginalPath path)
    {
        List<HostEvent> events = [.. path.Nodes.Select(node => node.Call).OrderBy(call => call.EffectNs)];
        Dictionary<HostEvent, string> ids = events.Index().ToDictionary(call => call.Item, call => $"e{call.Index}");
        List<IGrouping<(string Host, int Pid, int Tid), HostEvent>> activities =
            [.. events.GroupBy(call => (call.Host, call.Pid, call.Tid))];
        Dictionary<(string, int, int), string> activityIds = activities.Index().ToDictionary(a => a.Item.Key, a => $"a{a.Index}");

        json.WriteString("id", $"original-{number}");
        json.WriteString("status", events.Exists(call => call.Failed) ? "error" : "ok");
        WriteStrings(json, "flags", []);
        json.WriteString("rootEvent", ids[events[0]]);
        WriteStrings(json, "hosts", events.Select(call => call.Host).Distinct());
        WriteObjects(json, "activities", activities, activity =>
        {
            json.WriteString("id", activityIds[activity.Key]);
            json.WriteString("host", activity.Key.Host);
            json.WriteNumber("pid", activity.Key.Pid);
            json.WriteNumber("tid", activity.Key.Tid);
            WriteStrings(json, "events", activity.Select(call => ids[call]));
        });
        WriteObjects(json, "events", events, call =>
        {
            json.WriteString("id", ids[call]);
            json.WriteString("activity", activityIds[(call.Host, call.Pid, call.Tid)]);
            WriteCall(json, call);
        });
        WriteStrings(json, "packets", []);
        IEnumerable<Edge> edges = events.Zip(events.Skip(1), (from, to) => new Edge(from, to, "order", "time", ""))
            .Concat(path.Unions.Select(union => new Edge(union.Connect.Call, union.Accept.Call,
                union.Special is null ? "connection" : "rewrite", "endpoints", $"{union.Accept.Source}->{union.Accept.Destination}")));
        WriteObjects(json, "edges", edges.Index(), edge =>
        {
            json.WriteString("id", $"d{edge.Index}");
            json.WriteString("from", ids[edge.Item.From]);
            json.WriteString("to", ids[edge.Item.To]);
            json.WriteString("kind", edge.Item.Kind);
            json.WriteString("rule", edge.Item.Rule);
            json.WriteString("evidence", edge.Item.Evidence);
        });
        foreach (string nothing in (ReadOnlySpan<string>)["candidates", "losses", "rewrites"])
            WriteStrings(json, nothing, []);
    }

    private sealed record Edge(HostEvent From, HostEvent To, string Kind, string Rule, string Evidence);

    private void WriteCall(Utf8JsonWriter json, HostEvent call)
    {
        json.WriteString("host", call.Host);
        json.WriteString("ip", addresses.GetValueOrDefault(call.Host));
        json.WriteNumber("pid", call.Pid);
        json.WriteNumber("tid", call.Tid);
        json.WriteNumber("ppid", call.Ppid);
        json.WriteString("program", call.Program);
        json.WriteString("op", call.Operation.Name());
        json.WriteNumber("code", (int)call.Operation);
        json.WriteNumber("seq", call.Sequence);
        json.WriteString("enterNs", call.EnterNs.ToString(CultureInfo.InvariantCulture));
        json.WriteString("exitNs", call.ExitNs.ToString(CultureInfo.InvariantCulture));
        json.WriteNumber("result", call.Result);
        json.WriteNumber("errno", call.Errno);
        json.WriteString("error", call.Errno != 0 ? LinuxErrno.Describe(call.Errno) : null);
        json.WriteString("channel", call.Channel?.ToString());
        json.WriteNumber("bytes", call.Bytes);
        json.WriteString("local", call.Channel?.Local?.ToString());
        json.WriteString("peer", (call.Peer ?? call.Channel?.Peer)?.ToString());
        json.WriteString("path", call.Path ?? call.Channel?.Path);
        json.WriteString("summary", call.Summary);
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void WriteObjects<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> writeFields)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            writeFields(item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
