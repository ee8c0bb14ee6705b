using STrace.Manager;

namespace STrace.Cli;

/// <summary>Switches and what is between them as tables; one for each kind of thing that there is.</summary>
internal static class TopologyText
{
    public const int LocalPort = 0xfffe; // OFPP_LOCAL: the switch itself, no port of the network

    public static void WriteSwitches(IReadOnlyList<SwitchInfo> switches) => Output.WriteTable(
        ["DPID", "NAME", "STATE", "SINCE (UTC)", "PEER", "PORTS"],
        switches.Select(s => (IReadOnlyList<string>)[s.Dpid, s.Description, State(s), TextForm.Time(s.SinceNs), s.Peer, string.Join(' ', s.Ports.Select(Text))]));

    public static void Write(TopologyInfo topology)
    {
        var names = topology.Switches.SelectMany(s => s.Ports.Select(p => (s.Dpid, p.Number, p.Name))).ToDictionary(p => (p.Dpid, p.Number), p => p.Name);
        Output.WriteTable(
            ["SWITCH", "NAME", "STATE", "SINCE (UTC)"],
            topology.Switches.Select(s => (IReadOnlyList<string>)[s.Dpid, s.Description, State(s), TextForm.Time(s.SinceNs)]));
        WriteNext(
            ["LINK AT", "TO", "STATE", "SINCE (UTC)"],
            Cable.Of(topology.Links).Select(c => (IReadOnlyList<string>)
                [At(c.Low.Dpid, c.Low.Port), At(c.High.Dpid, c.High.Port), c.InWords, TextForm.Time(c.State.SinceNs)]));
        WriteNext(
            ["HOST AT", "MAC", "IP", "AGENT OF"],
            topology.Hosts.OrderBy(h => h.Dpid, StringComparer.Ordinal).ThenBy(h => h.Port).Select(h => (IReadOnlyList<string>)
                [At(h.Dpid, h.Port), h.Mac, h.Ip ?? "", h.Host ?? ""]));
        WriteNext(
            ["DATASTORE AT", "NAME", "INTERFACE", "STATE"],
            topology.Datastores
                .SelectMany(d => d.Ports.Select(p => (Datastore: d, Port: p)))
                .OrderBy(d => d.Port.Dpid, StringComparer.Ordinal).ThenBy(d => d.Port.Port)
                .Select(d => (IReadOnlyList<string>)
                    [At(d.Port.Dpid, d.Port.Port), d.Datastore.Name, d.Port.Interface, d.Datastore.Connected ? "connected" : "gone"]));

        string At(string dpid, int port) => $"{dpid} port {port}{(names.TryGetValue((dpid, port), out string? name) ? $" {name}" : "")}";
    }

    private static void WriteNext(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        List<IReadOnlyList<string>> all = [.. rows];
        if (all.Count == 0)
            return;
        Console.Out.WriteLine();
        Output.WriteTable(columns, all);
    }

    /// <summary>Whether the bridge's own port is up says nothing of the network.</summary>
    private static string Text(SwitchPortInfo port) =>
        port.Number == LocalPort ? $"local:{port.Name}" : $"{port.Number}:{port.Name}{(port.Up ? "" : "(down)")}";

    private static string State(SwitchInfo s) => s.Connected ? "connected" : "gone";
}
