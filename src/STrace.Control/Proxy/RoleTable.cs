using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// The roles of several upstreams of one switch (Nicira's NXT_ROLE_REQUEST), which the switch itself, with one connection, cannot keep:
/// of masters there is one, and a slave neither gets packets nor changes anything. Thread-safe.
/// </summary>
internal sealed class RoleTable(int upstreams)
{
    //  16     20
    // +------+
    // | role |     other, master, slave
    // +------+
    private const int RequestLength = NiciraFields.Body + sizeof(uint);

    private const uint Other = 0;
    private const uint Master = 1;
    private const uint Slave = 2;

    private readonly uint[] _roles = new uint[upstreams];

    public bool IsSlave(int upstream) => Volatile.Read(ref _roles[upstream]) == Slave;

    /// <summary>A connection begins as any other.</summary>
    public void Reset(int upstream) => Volatile.Write(ref _roles[upstream], Other);

    /// <summary>The answer to a message of an upstream that the switch is not to see; null where it is.</summary>
    public byte[]? Answer(int upstream, ReadOnlySpan<byte> frame)
    {
        var type = (MessageType)frame[OpenFlowFields.Type];
        var niciraType = NiciraFields.Type(frame);
        if (niciraType == NiciraMessageType.RoleRequest && frame.Length == RequestLength &&
            OpenFlowFields.U32(frame, NiciraFields.Body) is <= Slave and var role)
        {
            Set(upstream, role);
            var reply = frame.ToArray();
            OpenFlowFields.Write(reply, NiciraFields.Subtype, (uint)NiciraMessageType.RoleReply);
            return reply;
        }
        var changes = type is MessageType.PacketOut or MessageType.FlowMod or MessageType.PortMod or MessageType.SetConfig ||
            niciraType == NiciraMessageType.FlowMod;
        return changes && IsSlave(upstream)
            ? OpenFlowCodec.Encode(new ErrorMessage
            {
                Xid = OpenFlowFields.U32(frame, OpenFlowFields.Xid),
                ErrorType = ErrorType.BadRequest,
                Code = (ushort)BadRequestCode.PermissionDenied,
                Data = frame[..Math.Min(frame.Length, 64)].ToArray(),
            })
            : null;
    }

    private void Set(int upstream, uint role)
    {
        lock (_roles)
        {
            if (role == Master && Array.IndexOf(_roles, Master) is >= 0 and var earlier)
                _roles[earlier] = Slave;
            _roles[upstream] = role;
        }
    }
}
