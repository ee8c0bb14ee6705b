namespace STrace.OpenFlow;

/// <summary>Rules, what they do and what they took.</summary>
internal static class FlowText
{
    private static readonly string[] ModFlagNames = ["send_flow_rem", "check_overlap", "emerg"];

    public static string Actions(IReadOnlyList<OpenFlowAction> actions) => actions.Count == 0 ? "drop" : string.Join(',', actions);

    /// <summary>A counter; one that is not kept is all ones.</summary>
    public static string Counter(ulong value) => value == ulong.MaxValue ? "?" : $"{value}";

    public static string Mod(FlowModMessage flow) => Mod(
        flow.Match.ToString(), flow.Cookie, flow.Command, flow.IdleTimeoutSeconds, flow.HardTimeoutSeconds, flow.Priority, flow.BufferId,
        flow.OutPort, flow.Flags, flow.Actions);

    public static string Mod(NiciraFlowMod flow) => Mod(
        flow.Match.ToString(), flow.Cookie, flow.Command, flow.IdleTimeoutSeconds, flow.HardTimeoutSeconds, flow.Priority, flow.BufferId,
        flow.OutPort, flow.Flags, flow.Actions);

    public static string Removed(FlowRemovedMessage flow) => Removed(
        Rule(flow.Priority, flow.Match.ToString()), flow.Reason, null, flow.Cookie, flow.DurationSeconds, flow.DurationNanoseconds,
        flow.IdleTimeoutSeconds, flow.PacketCount, flow.ByteCount);

    public static string Removed(NiciraFlowRemoved flow) => Removed(
        Rule(flow.Priority, flow.Match.ToString()), flow.Reason, flow.TablePlusOne - 1, flow.Cookie, flow.DurationSeconds,
        flow.DurationNanoseconds, flow.IdleTimeoutSeconds, flow.PacketCount, flow.ByteCount);

    public static string Stats(FlowStats flow)
    {
        var rule = Rule(flow.Priority, flow.Match.ToString());
        return $"\n cookie=0x{flow.Cookie:x}, duration={Duration(flow.DurationSeconds, flow.DurationNanoseconds)}s, table={flow.TableId}, "
            + $"n_packets={Counter(flow.PacketCount)}, n_bytes={Counter(flow.ByteCount)}, "
            + (flow.IdleTimeoutSeconds == 0 ? "" : $"idle_timeout={flow.IdleTimeoutSeconds}, ")
            + (flow.HardTimeoutSeconds == 0 ? "" : $"hard_timeout={flow.HardTimeoutSeconds}, ")
            + $"{rule}{(rule.Length == 0 ? "" : " ")}actions={Actions(flow.Actions)}";
    }

    /// <summary>Priority and match; nothing where both say nothing.</summary>
    private static string Rule(ushort priority, string match)
    {
        var text = priority == OpenFlowConstants.DefaultPriority ? "" : $"priority={priority}";
        return match == "any" ? text : text.Length == 0 ? match : $"{text},{match}";
    }

    private static string Mod(
        string match, ulong cookie, FlowModCommand command, ushort idleTimeout, ushort hardTimeout, ushort priority, uint bufferId,
        ushort outPort, FlowModFlags flags, IReadOnlyList<OpenFlowAction> actions)
    {
        // Nicira's NXT_FLOW_MOD_TABLE_ID puts the table into the upper byte of the command.
        var table = (int)command >> 8;
        var parts = new List<string> { Command((FlowModCommand)((int)command & 0xff)) };
        if (table != 0)
            parts.Add($"table:{table}");
        if (Rule(priority, match) is { Length: > 0 } rule)
            parts.Add(rule);
        if (cookie != 0)
            parts.Add($"cookie:0x{cookie:x}");
        if (idleTimeout != 0)
            parts.Add($"idle:{idleTimeout}");
        if (hardTimeout != 0)
            parts.Add($"hard:{hardTimeout}");
        if (bufferId != OpenFlowConstants.NoBuffer)
            parts.Add($"buf:0x{bufferId:x}");
        if (outPort != PortNumber.None)
            parts.Add($"out_port:{PortNumber.Format(outPort)}");
        if (flags != FlowModFlags.None)
            parts.Add(FlagText.Of((uint)flags, ModFlagNames, " "));
        parts.Add($"actions={Actions(actions)}");
        return " " + string.Join(' ', parts);
    }

    private static string Removed(
        string rule, FlowRemovedReason reason, int? table, ulong cookie, uint seconds, uint nanoseconds, ushort idleTimeout, ulong packets,
        ulong bytes) =>
        $" {rule}{(rule.Length == 0 ? "" : " ")}reason={Reason(reason)}{(table is >= 0 ? $" table_id={table}" : "")}"
        + (cookie == 0 ? "" : $" cookie:0x{cookie:x}")
        + $" duration{Duration(seconds, nanoseconds)}s idle{idleTimeout} pkts{packets} bytes{bytes}";

    private static string Command(FlowModCommand command) => command switch
    {
        FlowModCommand.Add => "ADD",
        FlowModCommand.Modify => "MOD",
        FlowModCommand.ModifyStrict => "MOD_STRICT",
        FlowModCommand.Delete => "DEL",
        FlowModCommand.DeleteStrict => "DEL_STRICT",
        _ => $"cmd:{(ushort)command}",
    };

    private static string Reason(FlowRemovedReason reason) => reason switch
    {
        FlowRemovedReason.IdleTimeout => "idle",
        FlowRemovedReason.HardTimeout => "hard",
        FlowRemovedReason.Delete => "delete",
        _ => $"{(byte)reason}",
    };

    private static string Duration(uint seconds, uint nanoseconds) =>
        nanoseconds == 0 ? $"{seconds}" : $"{seconds}.{$"{nanoseconds:d9}".TrimEnd('0')}";
}
