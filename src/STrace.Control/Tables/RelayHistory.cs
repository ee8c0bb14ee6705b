using System.Buffers.Binary;
using System.Security.Cryptography;
using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The packets that came to the controller, and as what it sent each of them on.</summary>
internal sealed class RelayHistory
{
    private static readonly FlowStep[] ThroughTable = [new(FlowStepKind.Table)];

    private readonly List<ControllerRelay> _all = [];
    private readonly Dictionary<(ulong Dpid, UInt128 Hash), int> _byFrame = [];
    private readonly Dictionary<(ulong Dpid, uint BufferId), int> _byBuffer = [];

    public IReadOnlyList<ControllerRelay> All => _all;

    public void Received(NetworkPort at, PacketInMessage packet, FlowTuple flow, long timeNs)
    {
        _byFrame[(at.Dpid, Hash(packet.Data.Span))] = _all.Count;
        if (packet.BufferId != OpenFlowConstants.NoBuffer)
            _byBuffer[(at.Dpid, packet.BufferId)] = _all.Count;
        _all.Add(new ControllerRelay(at, flow, timeNs, null, []));
    }

    public void Sent(ulong dpid, PacketOutMessage packet, long timeNs)
    {
        var index = 0;
        if (packet.BufferId == OpenFlowConstants.NoBuffer
            ? _byFrame.Remove((dpid, Hash(packet.Data.Span)), out index)
            : _byBuffer.Remove((dpid, packet.BufferId), out index))
        {
            Send(index, FlowSteps.Of(packet.Actions), timeNs);
        }
    }

    /// <summary>A rule that takes a buffered packet at once.</summary>
    public void Sent(ulong dpid, FlowModMessage rule, long timeNs)
    {
        if (rule.BufferId != OpenFlowConstants.NoBuffer && _byBuffer.Remove((dpid, rule.BufferId), out var index))
            Send(index, ThroughTable, timeNs);
    }

    private void Send(int index, FlowStep[] steps, long timeNs) => _all[index] = _all[index] with { SentNs = timeNs, Steps = steps };

    private static UInt128 Hash(ReadOnlySpan<byte> frame)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(frame, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
