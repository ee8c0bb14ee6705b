using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// What the rules of one switch took during a session: a rule counts from its installation, one that is older from when it was first told of.
/// </summary>
/// <param name="beginNs">The session's beginning for this switch.</param>
internal sealed class RuleCounters(long beginNs)
{
    // Many switches tell the age of a rule in whole seconds.
    private const long ToleranceNs = 1_000_000_000;

    private readonly Dictionary<(Match Match, ushort Priority, ulong Cookie), Reading> _last = [];

    public ulong Packets { get; private set; }

    public ulong Bytes { get; private set; }

    public void Read(FlowStats rule, long timeNs) => _last[Key(rule.Match, rule.Priority, rule.Cookie)] = Read(
        Key(rule.Match, rule.Priority, rule.Cookie),
        new Reading(rule.PacketCount, rule.ByteCount, Installed(timeNs, rule.DurationSeconds, rule.DurationNanoseconds)));

    public void Read(FlowRemovedMessage rule, long timeNs)
    {
        var key = Key(rule.Match, rule.Priority, rule.Cookie);
        Read(key, new Reading(rule.PacketCount, rule.ByteCount, Installed(timeNs, rule.DurationSeconds, rule.DurationNanoseconds)));
        _last.Remove(key);
    }

    private Reading Read((Match, ushort, ulong) key, Reading now)
    {
        var isSame = _last.TryGetValue(key, out var last) &&
            now.InstalledNs <= last.InstalledNs + ToleranceNs && now.Packets >= last.Packets && now.Bytes >= last.Bytes;
        if (isSame || now.InstalledNs >= beginNs)
        {
            Packets += now.Packets - (isSame ? last.Packets : 0);
            Bytes += now.Bytes - (isSame ? last.Bytes : 0);
        }
        return now;
    }

    private static (Match, ushort, ulong) Key(Match match, ushort priority, ulong cookie) =>
        (MatchMeaning.Normalise(match), MatchMeaning.Priority(match, priority), cookie);

    private static long Installed(long timeNs, uint seconds, uint nanoseconds) => timeNs - (seconds * 1_000_000_000L) - nanoseconds;

    private readonly record struct Reading(ulong Packets, ulong Bytes, long InstalledNs);
}
