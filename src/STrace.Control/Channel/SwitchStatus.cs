using System.Net;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>A connected switch at one moment.</summary>
/// <param name="Received">Messages from the switch by type, names as in <see cref="MessageType"/>.</param>
/// <param name="Sent">Messages to the switch by type.</param>
public sealed record SwitchStatus(
    ulong Dpid,
    EndPoint Peer,
    DateTimeOffset ConnectedSince,
    DescriptionStatsReply? Description,
    IReadOnlyList<PortDescription> Ports,
    IReadOnlyDictionary<string, long> Received,
    IReadOnlyDictionary<string, long> Sent);
