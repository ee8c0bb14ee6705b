using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// What the host stage found out about one host; all that the global stage reads of it. Events are named by their index in
/// <see cref="Events"/>, requests by numbers from 0 that mean nothing outside this host.
/// </summary>
/// <param name="Events">By agent, ring and sequence: a thread's calls are neighbours and in order.</param>
/// <param name="Requests">For each event the request that it served, or <see cref="None"/>.</param>
/// <param name="Links">
/// Causes found on the host. A link claims no common request by itself: between two paths it is left out in the end.
/// </param>
/// <param name="Refused">Receives and sends whose byte positions are not known because of a loss, and that loss.</param>
internal sealed record HostTrace(
    IReadOnlyList<HostEvent> Events,
    IReadOnlyList<int> Requests,
    int RequestCount,
    IReadOnlyList<Link> Links,
    IReadOnlyList<OpenQuestion> Questions,
    IReadOnlyList<ConnectionEnd> Connections,
    IReadOnlyList<StreamEnd> Streams,
    IReadOnlyList<(int Event, EventLoss Loss)> Refused)
{
    public const int None = -1;
}

/// <summary>"From caused To".</summary>
/// <param name="Hops">The rewrites that joined two ends of a connection, client to server; else null.</param>
internal sealed record Link(int From, int To, EdgeKind Kind, string Rule, string Evidence, IReadOnlyList<RewriteHop>? Hops = null);

/// <summary>A join that was not made because the evidence does not decide it.</summary>
internal sealed record OpenQuestion(int Event, string Reason, IReadOnlyList<string> Choices);

/// <summary>A run of bytes that one call moved: offsets From (inclusive) to To (exclusive) of one direction of a channel.</summary>
internal readonly record struct ByteRange(int Event, long From, long To);

/// <summary>What two ends of a connection have in common; of a Unix socket the host and path stand for the addresses.</summary>
internal readonly record struct ConnectionKey(FlowTuple Flow, string? UnixSocket);

/// <summary>One end of a connection whose start (connect or accept) was seen on this host.</summary>
/// <param name="Start">The connect or accept.</param>
internal sealed record ConnectionEnd(
    bool IsServer, int Start, ConnectionKey Key, IReadOnlyList<ByteRange> Sent, IReadOnlyList<ByteRange> Received);

/// <summary>One end of a TCP connection with the calls that moved its bytes: what the packets at its host are held against.</summary>
/// <param name="Opened">The accept, or the connect even when it failed; <see cref="HostTrace.None"/>: it was not seen.</param>
/// <param name="Gap">Calls on it may have been lost: the ranges end where byte positions are no longer known.</param>
internal sealed record StreamEnd(
    Channel Channel, bool IsServer, int Opened, IReadOnlyList<ByteRange> Sent, IReadOnlyList<ByteRange> Received, bool Gap);
