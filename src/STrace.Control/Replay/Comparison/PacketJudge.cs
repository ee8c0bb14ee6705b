using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Says of one packet how it fared.</summary>
internal sealed class PacketJudge(ReplayPlan plan, ReplayEvidence evidence, RecordedTraces traces)
{
    private const ulong GroupBit = 0x0100_0000_0000; // IEEE 802: the first byte's lowest bit

    private readonly HashSet<SwitchPort> _hostPorts = [.. plan.Topology.Hosts.Values];

    /// <summary>Whether an output must come out: what was flooded, where a host is known for whom it is.</summary>
    public bool Expects(WayOutput output) => !output.Flooded ||
        (output.Headers.DlDst is { } to && (IsMulticast(to) ? _hostPorts.Contains(output.At) : Place(to) == output.At));

    public bool IsSeen(SwitchPort port) => evidence.HasReceiver is null || evidence.HasReceiver(port);

    public (PacketVerdict Verdict, RecordEvidence Evidence, string? Why) Judge(UInt128 hash, SentPacket packet)
    {
        var best = Strongest(hash, packet);
        if (WhyUnknown(hash, packet) is { } unknown)
        {
            if (packet.Missing.Count == 0 && (packet.Arrived.Count > 0 || packet.Strays.Exists(IsAtReceiver)))
                return (PacketVerdict.Delivered, RecordEvidence.Topology, null);
            return packet.CameOut.Any() || !plan.Absorbed.Contains($"{hash:x32}")
                ? (PacketVerdict.Unknown, RecordEvidence.None, unknown)
                : (PacketVerdict.Absorbed, RecordEvidence.Topology, "the recorded controller kept it");
        }
        if (packet.Missing.Count > 0 && !packet.CameOut.Any())
            return (PacketVerdict.Dropped, best, $"did not come out at {Places(packet.Missing)}");
        if (packet.Missing.Count > 0 || packet.Strays.Count > 0)
            return (PacketVerdict.Diverged, best, string.Join("; ", Differences(packet)));
        if (packet.Arrived.Select(pair => Lateness(pair.Wanted, pair.Arrival)).FirstOrDefault(late => late > evidence.LateAfter) is { Ticks: > 0 } delay)
            return (PacketVerdict.Diverged, best, $"came out {delay.TotalMilliseconds:f0} ms after it was sent");
        if (packet.Arrived.Count > 0)
            return (PacketVerdict.Delivered, best, null);
        if (packet.Unseen.Count > 0)
            return (PacketVerdict.Unknown, best, $"no datastore stands at {Places(packet.Unseen)}, where it is to come out");
        return packet.MayArrive
            ? (PacketVerdict.Unknown, RecordEvidence.None, "it was flooded, and the record does not know whom it reached")
            : (PacketVerdict.Absorbed, RecordEvidence.Topology, End(packet));
    }

    /// <summary>The record does not tell where it went, or contradicts itself.</summary>
    private string? WhyUnknown(UInt128 hash, SentPacket packet)
    {
        if (packet.Unknown is { } unknown)
            return unknown;
        var differs = packet.Missing.Count > 0 || packet.Strays.Count > 0;
        foreach (var sending in packet.Sendings)
        {
            var lost = sending.Recorded.Hops.FirstOrDefault(hop => hop.Kind == WayHopKind.NoRule);
            if (lost is not null && (IsOwnCopy(sending, lost) || (differs && traces.WasTakenAt(hash, lost.At.Dpid))))
                return $"a rule took it at {lost.At}, as its copy in the record shows, and the recorded tables have none that does";
        }
        return !differs ? null : packet.Sendings
            .SelectMany(sending => sending.Recorded.Outputs.Select(output => traces.Contradiction(hash, sending.Recorded, output)))
            .FirstOrDefault(contradiction => contradiction is not null);
    }

    /// <summary>What is injected is a copy that a rule has made.</summary>
    private bool IsOwnCopy(Sending sending, WayHop hop) => plan.Steps[sending.Step] is InjectFrame && hop == sending.Recorded.Hops[0];

    private RecordEvidence Strongest(UInt128 hash, SentPacket packet) =>
        packet.Sendings.SelectMany(sending => sending.Recorded.Outputs.Where(Expects).Select(
            output => traces.Of(hash, sending.Frame.Span, sending.Recorded, output))).DefaultIfEmpty(RecordEvidence.None).Max();

    private static IEnumerable<string> Differences(SentPacket packet)
    {
        var missing = packet.Missing.ToList();
        foreach (var stray in packet.Strays)
        {
            if (missing.Find(wanted => wanted.Output.At == stray.Frame.At) is { } other)
            {
                missing.Remove(other);
                yield return stray.Headers is { } headers
                    ? $"came out at {stray.Frame.At} with {HeaderText.Difference(headers, other.Output.Headers)}"
                    : $"came out at {stray.Frame.At} as no Ethernet frame";
            }
            else
            {
                yield return packet.Arrived.Exists(pair => pair.Wanted.Is(stray))
                    ? $"came out once more at {stray.Frame.At}"
                    : $"came out at {stray.Frame.At} as {HeaderText.Name(stray.Headers)}";
            }
        }
        if (missing.Count > 0)
            yield return $"did not come out at {Places(missing)}";
    }

    private static string Places(IEnumerable<Wanted> wanted) => string.Join(", ", wanted.Select(one => one.Output.At).Distinct());

    private static string? End(SentPacket packet) => packet.Sendings[^1].Recorded.Hops is [.., var last]
        ? last.Kind switch
        {
            WayHopKind.Dropped => $"dropped at {last.At}, as recorded",
            WayHopKind.ToController or WayHopKind.NoRule => $"came to the controller from {last.At}, which kept it, as recorded",
            _ => null,
        }
        : null;

    private TimeSpan Lateness(Wanted wanted, Arrival arrival) =>
        evidence.DoneNs is { Count: > 0 } done && done[wanted.Sending.Step] is var sentNs and > 0
            ? TimeSpan.FromTicks((arrival.Frame.TimeNs - sentNs) / TimeSpan.NanosecondsPerTick)
            : TimeSpan.Zero;

    private bool IsAtReceiver(Arrival arrival) => arrival.Headers?.DlDst is { } to && (IsMulticast(to) || Place(to) == arrival.Frame.At);

    private static bool IsMulticast(MacAddress address) => (address.Value & GroupBit) != 0;

    private SwitchPort? Place(MacAddress host) => plan.Topology.Hosts.TryGetValue(host, out var at) ? at : null;
}
