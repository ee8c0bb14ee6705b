using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// What an upstream has set for its connection to the switch, by messages of Nicira's: its role, and how the switch is to write to it. A
/// switch forgets that with the connection; behind the proxy, where the connection stays, it must be taken back. Thread-safe.
/// </summary>
internal sealed class UpstreamSettings
{
    // The body of each message that sets what is so at the start (nicira-ext.h). A role has no generation there: Open vSwitch takes any.
    private static readonly Dictionary<NiciraMessageType, byte[]> Defaults = new()
    {
        [NiciraMessageType.RoleRequest] = new byte[4], // NX_ROLE_OTHER
        [NiciraMessageType.SetFlowFormat] = new byte[4], // NXFF_OPENFLOW10
        [NiciraMessageType.FlowModTableId] = new byte[8],
        [NiciraMessageType.SetPacketInFormat] = new byte[4], // that of OpenFlow 1.0
        [NiciraFields.SetAsyncConfig] = // PACKET_IN, PORT_STATUS, FLOW_REMOVED; each as other or master, and as slave
            [0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 7, 0, 0, 0, 7, 0, 0, 0, 0],
        [NiciraFields.SetControllerId] = new byte[8],
    };

    private readonly Dictionary<NiciraMessageType, byte[]> _set = [];

    /// <summary>Whether rules are named together with their table, and FLOW_MOD's command has two parts.</summary>
    public bool NamesTables
    {
        get
        {
            lock (_set)
                return _set.TryGetValue(NiciraMessageType.FlowModTableId, out var body) && body.AsSpan().ContainsAnyExcept((byte)0);
        }
    }

    /// <summary>A message goes to the switch.</summary>
    public void See(ReadOnlySpan<byte> frame)
    {
        if (NiciraFields.Type(frame) is not { } type || !Defaults.TryGetValue(type, out var ofStart))
            return;
        lock (_set)
        {
            var body = frame[NiciraFields.Body..];
            if (body.SequenceEqual(ofStart))
                _set.Remove(type);
            else
                _set[type] = body.ToArray();
        }
    }

    /// <summary>What takes all of it back; nothing is left after that.</summary>
    public IReadOnlyList<VendorMessage> TakeBack(Func<uint> nextXid)
    {
        lock (_set)
        {
            VendorMessage[] messages = [.. _set.Keys.Select(type => NiciraFields.Message(type, Defaults[type], nextXid()))];
            _set.Clear();
            return messages;
        }
    }
}
