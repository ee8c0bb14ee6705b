using STrace.Model;

namespace STrace.AgentProtocol;

/// <param name="Agent">Identity of this run of the agent; sequences of blocks count within it.</param>
/// <param name="ClockNs">The host's time when the frame was written; ns since the epoch.</param>
public sealed record HelloFrame(ushort Version, Guid Agent, string Host, IReadOnlyList<IpAddress> Addresses, long ClockNs);

/// <param name="LastStored">Sequence of the last block in the store; 0 when there is none.</param>
public sealed record WelcomeFrame(ushort Version, long LastStored);

/// <param name="Reason">One sentence, for the agent's operator.</param>
public sealed record RefuseFrame(string Reason);

/// <param name="Session">The session that records; null when none does.</param>
public sealed record ConfigureFrame(string? Session);

/// <param name="Sequence">Of the last block that is in the store.</param>
public sealed record AckFrame(long Sequence);

/// <param name="ManagerNs">The manager's clock, given back unchanged in the answer; ns since the epoch.</param>
public sealed record PingFrame(long ManagerNs);

/// <param name="AgentNs">The agent's clock when it answered; ns since the epoch.</param>
public sealed record PongFrame(long ManagerNs, long AgentNs);

/// <summary>A numbered block of records: the unit of delivery, acknowledgement and storage.</summary>
/// <param name="Kind">
/// <see cref="FrameType.Events"/>, <see cref="FrameType.ObjectSnapshot"/>, <see cref="FrameType.Packets"/>,
/// <see cref="FrameType.Mirrored"/>, <see cref="FrameType.Processes"/> or <see cref="FrameType.Loss"/>.
/// </param>
/// <param name="Session">The session that it belongs to; empty for processes and losses told while none records.</param>
/// <param name="Sequence">Counts the agent's blocks from 1.</param>
/// <param name="FirstNs">Earliest time in the block; ns since the epoch.</param>
/// <param name="Count">Records in the payload.</param>
/// <param name="Payload">Records; by kind <see cref="RecordRun"/>, <see cref="PacketRecord"/>, <see cref="FrameRecord"/>, <see cref="ProcessRecord"/> or <see cref="LossRecord"/>.</param>
public sealed record BlockFrame(
    FrameType Kind, string Session, long Sequence, long FirstNs, long LastNs, int Count, ReadOnlyMemory<byte> Payload);

/// <summary>The session has begun at this host; behind the snapshot of its objects in the sequence of blocks.</summary>
public sealed record ArmedFrame(string Session, long Sequence);

/// <summary>The end of a session at this host; it has its place in the sequence of blocks, behind the session's last.</summary>
/// <param name="UpToNs">No record of an earlier time will follow; ns since the epoch.</param>
/// <param name="Dropped">Records that the agent had to drop since it started, because the manager was away too long or the spool's disk failed.</param>
public sealed record WatermarkFrame(string Session, long Sequence, long UpToNs, long Dropped);

/// <summary>
/// How far a session that records has come at this host. It stands behind a block without a number of its own, and is neither
/// acknowledged nor sent again: the next one says more.
/// </summary>
/// <param name="Sequence">Of the last block before it.</param>
/// <param name="UpToNs">
/// No packet of an earlier time will follow, and no record that has its effect earlier: what gives (send, create, connect) at its
/// entry, what takes (receive, accept, wait) at its exit. By the host's clock, ns since the epoch.
/// </param>
/// <param name="Dropped">As in <see cref="WatermarkFrame"/>.</param>
public sealed record PassedFrame(string Session, long Sequence, long UpToNs, long Dropped);

/// <summary>A datastore's place: its interface is linked to this port of this switch.</summary>
public sealed record DatastorePort(ulong Dpid, ushort Port, string Interface);

public sealed record PortsFrame(IReadOnlyList<DatastorePort> Ports);

/// <param name="Number">Counts the injections of one replay at one datastore from 1.</param>
public sealed record InjectFrame(long Number, ulong Dpid, ushort Port, ReadOnlyMemory<byte> Frame);

/// <param name="TimeNs">When the last of them left; ns since the epoch.</param>
/// <param name="Error">Why the frame with this number could not be sent; empty when all were.</param>
public sealed record InjectedFrame(long Number, long TimeNs, string Error);
