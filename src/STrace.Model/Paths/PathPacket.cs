namespace STrace.Model;

/// <summary>A packet under the call whose bytes it carried, or which it served (SYN: connect and accept; FIN, RST: close).</summary>
/// <param name="Id">"p" and a number, unique in the path.</param>
/// <param name="Event">Id of the call.</param>
/// <param name="Retransmission">Its bytes had been seen at this host before, in the same direction.</param>
/// <param name="Error">What it says went wrong (reset by peer), or null.</param>
public sealed record PathPacket(string Id, string Event, CapturedPacket Packet, bool Retransmission, string? Error);

/// <summary>A packet with data that stands under no call.</summary>
/// <param name="Reason">Why, for a person.</param>
public sealed record UnplacedPacket(CapturedPacket Packet, string Reason);
