using System.Buffers.Binary;
using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>What a session holds of packets beside its rules: datastores' copies at each switch, and what hosts' sniffers saw come.</summary>
internal sealed class RecordedTraces
{
    private readonly HashSet<(UInt128 Hash, ulong Dpid, Match? Headers)> _copies = [];
    private readonly HashSet<(UInt128 Hash, ulong Dpid)> _taken = [];
    private readonly HashSet<ulong> _datastores = [];
    private readonly HashSet<(FlowTuple Flow, uint Sequence, uint Acknowledgment, TcpMarks Flags)> _arrived;

    public RecordedTraces(ReplayPlan plan, IEnumerable<CapturedPacket> sniffed)
    {
        foreach (var (_, dpid, frame) in plan.Frames.Select(placed => placed.Frame))
        {
            var hash = FrameIdentity.Hash(frame.Span);
            _copies.Add((hash, dpid, FrameMatch.Of(frame.Span)));
            _taken.Add((hash, dpid));
            _datastores.Add(dpid);
        }
        _arrived = sniffed.Where(packet => !packet.Outgoing)
            .Select(packet => (packet.Flow, packet.Sequence, packet.Acknowledgment, packet.Flags)).ToHashSet();
    }

    /// <summary>What says that the packet left as the tables say.</summary>
    /// <param name="hash">Of the packet.</param>
    public RecordEvidence Of(UInt128 hash, ReadOnlySpan<byte> frame, TableWay way, WayOutput output)
    {
        var flow = HeaderText.Flow(output.Headers);
        if (_arrived.Count > 0 && flow is { Protocol: FlowTuple.Tcp } known && Tcp(frame) is var (sequence, acknowledgment, flags) &&
            _arrived.Contains((known, sequence, acknowledgment, flags)))
        {
            return RecordEvidence.Sniffer;
        }
        return HasCopy(hash, way.Hops[output.Hop]) ? RecordEvidence.Mirror : RecordEvidence.Topology;
    }

    /// <summary>Where the datastores' copies speak against the way that the tables tell; null where they do not.</summary>
    public string? Contradiction(UInt128 hash, TableWay way, WayOutput output)
    {
        foreach (var hop in way.To(output.Hop))
        {
            if (hop is not { Previous: >= 0, Rule: not null } || !_datastores.Contains(hop.At.Dpid) || HasCopy(hash, hop))
                continue;
            return $"the tables bring it to {hop.At} as {HeaderText.Name(hop.Headers)}, and the datastore there did not receive it so";
        }
        return null;
    }

    /// <summary>Whether a rule of the switch took the packet, whatever its headers.</summary>
    public bool WasTakenAt(UInt128 hash, ulong dpid) => _taken.Contains((hash, dpid));

    private bool HasCopy(UInt128 hash, WayHop hop) => _copies.Contains((hash, hop.At.Dpid, hop.Headers));

    //  0        4          8                12     13      14
    // +--------+----------+----------------+------+-------+---- - -
    // | ports  | sequence | acknowledgment |offset| flags |
    // +--------+----------+----------------+------+-------+---- - -
    private static (uint Sequence, uint Acknowledgment, TcpMarks Flags)? Tcp(ReadOnlySpan<byte> frame)
    {
        const int ethernetLength = 14, tagLength = 4, headersLength = 14;
        const TcpMarks all = TcpMarks.Fin | TcpMarks.Syn | TcpMarks.Rst | TcpMarks.Psh | TcpMarks.Ack | TcpMarks.Urg;
        if (!PacketHeaders.TryRead(frame, out var headers))
            return null;
        var packet = frame[(ethernetLength + (headers.Tagged ? tagLength : 0))..];
        var transport = packet[Ipv4Headers.HeaderLength(packet[0])..];
        return transport.Length < headersLength
            ? null
            : (BinaryPrimitives.ReadUInt32BigEndian(transport[4..]), BinaryPrimitives.ReadUInt32BigEndian(transport[8..]), (TcpMarks)transport[13] & all);
    }
}
