using System.Text.Encodings.Web;
using System.Text.Json;
using STrace.Model;

namespace STrace.Export;

/// <summary>
/// The paths of a session as JSON (docs/formats.md). 64-bit times are strings, because most readers keep numbers in 53 bits; dpid is 16 hex
/// digits, cookie is 0x and hex digits; enumerations are written lower-case with hyphens.
/// </summary>
public static class PathJsonWriter
{
    public const int SchemaVersion = 1;

    // Only what JSON demands: the file is for people, too, and never part of a page's HTML.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="paths">Which paths of the set to write; null for all.</param>
    public static void Write(Stream output, PathSet set, IReadOnlyList<CausalPath>? paths = null)
    {
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", SchemaVersion);
        json.WriteString("session", set.Session);
        json.WriteArray("rewritesUsed", set.RewritesUsed, source => json.WriteStringValue(JsonText.Kebab(source)));
        json.WriteObjects("unpaired", set.Unpaired, start => WriteUnpaired(json, start));
        json.WriteObjects("unplacedPackets", set.UnplacedPackets, packet => WriteUnplaced(json, packet));
        json.WriteObjects("clocks", set.Clocks, clock => WriteClock(json, clock));
        json.WriteObjects("paths", paths ?? set.Paths, path => WritePath(json, set, path));
        json.WriteEndObject();
    }

    private static void WriteUnpaired(Utf8JsonWriter json, UnpairedStart start)
    {
        json.WriteString("host", start.Host);
        json.WriteNumber("tid", start.Tid);
        json.WriteString("op", start.Operation.Name());
        json.WriteString("timeNs", JsonText.Ns(start.TimeNs));
        json.WriteString("src", start.Flow.Source.ToString());
        json.WriteString("dst", start.Flow.Destination.ToString());
        json.WriteString("path", start.Path);
    }

    private static void WritePath(Utf8JsonWriter json, PathSet set, CausalPath path)
    {
        json.WriteString("id", path.Id);
        json.WriteString("startNs", JsonText.Ns(path.StartNs));
        json.WriteString("durationNs", JsonText.Ns(path.DurationNs));
        json.WriteString("status", JsonText.Kebab(path.Status));
        json.WriteArray("flags", path.Flags, flag => json.WriteStringValue(JsonText.Kebab(flag)));
        json.WriteBoolean("final", path.Final);
        json.WriteNumber("revision", path.Revision);
        json.WriteString("signature", path.Signature);
        json.WriteString("rootEvent", path.RootEvent);
        json.WriteStrings("hosts", path.Hosts);
        json.WriteObjects("elements", path.Elements, element =>
        {
            json.WriteString("id", element.Id);
            json.WriteString("kind", element.Kind);
            json.WriteString("name", element.Name);
        });
        json.WriteObjects("activities", path.Activities, activity =>
        {
            json.WriteString("id", activity.Id);
            json.WriteString("host", activity.Host);
            json.WriteNumber("pid", activity.Pid);
            json.WriteNumber("tid", activity.Tid);
            json.WriteStrings("events", activity.Events);
        });
        json.WriteObjects("events", path.Events, e => WriteEvent(json, set, e));
        json.WriteObjects("packets", path.Packets, packet => WritePacket(json, packet));
        json.WriteObjects("hops", path.Hops, hop => WriteHop(json, hop));
        json.WriteObjects("edges", path.Edges, edge =>
        {
            json.WriteString("id", edge.Id);
            json.WriteString("from", edge.From);
            json.WriteString("to", edge.To);
            json.WriteString("kind", JsonText.Kebab(edge.Kind));
            json.WriteString("rule", edge.Rule);
            json.WriteString("evidence", edge.Evidence);
            json.WriteString("applicationNs", edge.Time is { } time ? JsonText.Ns(time.ApplicationNs) : null);
            json.WriteString("kernelNs", edge.Time is { } kernel ? JsonText.Ns(kernel.KernelNs) : null);
            json.WriteString("networkNs", edge.Time is { } network ? JsonText.Ns(network.NetworkNs) : null);
            json.WriteString("unknownWay", edge.UnknownWay);
        });
        json.WriteObjects("candidates", path.Candidates, candidate =>
        {
            json.WriteString("event", candidate.Event);
            json.WriteString("reason", candidate.Reason);
            json.WriteStrings("choices", candidate.Choices);
        });
        json.WriteObjects("losses", path.Losses, loss =>
        {
            json.WriteString("host", loss.Host);
            json.WriteNumber("ring", loss.Ring);
            json.WriteNumber("tid", loss.Tid);
            json.WriteNumber("firstSequence", loss.FirstSequence);
            json.WriteNumber("lastSequence", loss.LastSequence);
            json.WriteString("timeNs", JsonText.Ns(loss.TimeNs));
        });
        json.WriteObjects("rewrites", path.Rewrites, rewrite => WriteRewrite(json, rewrite));
        // The writer keeps everything in memory until it is flushed.
        json.Flush();
    }

    private static void WriteEvent(Utf8JsonWriter json, PathSet set, PathEvent item)
    {
        HostEvent e = item.Event;
        json.WriteString("id", item.Id);
        json.WriteString("activity", item.Activity);
        json.WriteString("host", e.Host);
        json.WriteString("ip", set.HostAddresses.TryGetValue(e.Host, out IpAddress address) ? address.ToString() : null);
        json.WriteNumber("pid", e.Pid);
        json.WriteNumber("tid", e.Tid);
        json.WriteNumber("ppid", e.Ppid);
        json.WriteString("program", e.Program);
        json.WriteString("op", e.Operation.Name());
        json.WriteNumber("code", (int)e.Operation);
        json.WriteNumber("seq", e.Sequence);
        json.WriteString("enterNs", JsonText.Ns(e.EnterNs));
        json.WriteString("exitNs", JsonText.Ns(e.ExitNs));
        json.WriteNumber("result", e.Result);
        json.WriteNumber("errno", e.Errno);
        json.WriteString("error", e.Errno != 0 ? LinuxErrno.Describe(e.Errno) : null);
        json.WriteString("channel", e.Channel?.ToString());
        json.WriteNumber("bytes", e.Bytes);
        json.WriteString("local", e.Channel?.Local?.ToString());
        json.WriteString("peer", (e.Peer ?? e.Channel?.Peer)?.ToString());
        json.WriteString("path", e.Path ?? e.Channel?.Path);
        json.WriteString("summary", e.Summary);
    }

    private static void WritePacket(Utf8JsonWriter json, PathPacket item)
    {
        CapturedPacket packet = item.Packet;
        json.WriteString("id", item.Id);
        json.WriteString("event", item.Event);
        WriteHeader(json, packet);
        json.WriteNumber("seq", packet.Sequence);
        json.WriteNumber("ack", packet.Acknowledgment);
        json.WriteNumber("length", packet.PayloadLength);
        json.WriteBoolean("retransmission", item.Retransmission);
        json.WriteString("error", item.Error);
    }

    private static void WriteUnplaced(Utf8JsonWriter json, UnplacedPacket item)
    {
        WriteHeader(json, item.Packet);
        json.WriteNumber("seq", item.Packet.Sequence);
        json.WriteNumber("length", item.Packet.PayloadLength);
        json.WriteString("reason", item.Reason);
    }

    /// <summary>The fields from the host that captured it to the flags.</summary>
    private static void WriteHeader(Utf8JsonWriter json, CapturedPacket packet)
    {
        json.WriteString("capture", packet.Host);
        json.WriteString("timeNs", JsonText.Ns(packet.TimeNs));
        json.WriteString("src", packet.Flow.Source.ToString());
        json.WriteString("dst", packet.Flow.Destination.ToString());
        json.WriteString("flags", PacketText.Flags(packet.Flags));
    }

    private static void WriteHop(Utf8JsonWriter json, PathHop item)
    {
        NetworkHop hop = item.Hop;
        json.WriteString("edge", item.Edge);
        json.WriteString("timeNs", JsonText.Ns(item.TimeNs));
        json.WriteString("switch", hop.Switch);
        json.WriteString("dpid", SwitchText.Dpid(hop.Dpid));
        json.WriteNumber("inPort", hop.InPort);
        if (hop.OutPort is { } outPort)
            json.WriteNumber("outPort", outPort);
        else
            json.WriteNull("outPort");
        json.WriteString("link", hop.Link?.ToString());
        json.WriteString("cookie", hop.Rule is { } rule ? SwitchText.Cookie(rule.Cookie) : null);
        json.WriteString("match", hop.Rule?.Match);
        json.WriteString("actions", hop.Rule?.Actions);
        json.WriteBoolean("viaController", hop.ViaController);
        WriteFlow(json, "from", hop.From);
        WriteFlow(json, "to", hop.To);
        json.WriteString("doubt", hop.Doubt);
    }

    private static void WriteClock(Utf8JsonWriter json, ClockOffset clock)
    {
        json.WriteString("host", clock.Host);
        json.WriteString("source", JsonText.Kebab(clock.Source));
        json.WriteObjects("knots", clock.Knots, knot =>
        {
            json.WriteString("timeNs", JsonText.Ns(knot.TimeNs));
            json.WriteString("offsetNs", JsonText.Ns(knot.OffsetNs));
            json.WriteString("uncertaintyNs", JsonText.Ns(knot.UncertaintyNs));
        });
        json.WriteObjects("contradictions", clock.Contradictions, times =>
        {
            json.WriteString("fromNs", JsonText.Ns(times.FromNs));
            json.WriteString("untilNs", JsonText.Ns(times.UntilNs));
        });
    }

    private static void WriteRewrite(Utf8JsonWriter json, Rewrite rewrite)
    {
        json.WriteString("id", rewrite.Id);
        json.WriteString("timeNs", JsonText.Ns(rewrite.TimeNs));
        json.WriteString("dpid", SwitchText.Dpid(rewrite.Dpid));
        json.WriteString("cookie", SwitchText.Cookie(rewrite.Cookie));
        json.WriteNumber("priority", rewrite.Priority);
        json.WriteString("match", rewrite.Match);
        json.WriteString("actions", rewrite.Actions);
        WriteFlow(json, "from", rewrite.From);
        WriteFlow(json, "to", rewrite.To);
        json.WriteString("source", JsonText.Kebab(rewrite.Source));
        json.WriteString("replayId", rewrite.ReplayId);
    }

    private static void WriteFlow(Utf8JsonWriter json, string name, FlowTuple flow)
    {
        json.WriteStartObject(name);
        json.WriteString("src", flow.Source.ToString());
        json.WriteString("dst", flow.Destination.ToString());
        json.WriteEndObject();
    }
}
