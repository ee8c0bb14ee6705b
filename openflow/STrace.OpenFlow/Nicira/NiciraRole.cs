namespace STrace.OpenFlow;

/// <summary>What a controller is to a switch (<c>enum nx_role</c>).</summary>
public enum NiciraRole : uint
{
    /// <summary><c>NX_ROLE_OTHER</c>: one of several with full access; the role at the start.</summary>
    Equal = 0,

    /// <summary><c>NX_ROLE_MASTER</c>: the only one with full access.</summary>
    Primary = 1,

    /// <summary><c>NX_ROLE_SLAVE</c>: may read, and gets no PACKET_IN and no FLOW_REMOVED.</summary>
    Secondary = 2,
}

/// <summary>A controller wants a role (<c>NXT_ROLE_REQUEST</c>, <c>nx_role_request</c>).</summary>
public sealed record NiciraRoleRequest(NiciraRole Role) : NiciraMessage
{
    /// <inheritdoc/>
    public override NiciraMessageType Type => NiciraMessageType.RoleRequest;

    internal override void WriteBody(WireWriter writer) => writer.WriteUInt32((uint)Role);
}

/// <summary>A controller has its role (<c>NXT_ROLE_REPLY</c>, <c>nx_role_request</c>).</summary>
public sealed record NiciraRoleReply(NiciraRole Role) : NiciraMessage
{
    /// <inheritdoc/>
    public override NiciraMessageType Type => NiciraMessageType.RoleReply;

    internal override void WriteBody(WireWriter writer) => writer.WriteUInt32((uint)Role);
}
