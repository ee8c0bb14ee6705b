using STrace.Model;

namespace STrace.Correlation;

/// <summary>Everything that paths are built from, in any order.</summary>
/// <param name="HostAddresses">Each host's own address, handed through to the result.</param>
/// <param name="RewriteRules">From all sources; <see cref="CorrelationOptions.Rewrites"/> says which count.</param>
public sealed record CorrelationInput(
    string Session,
    IReadOnlyDictionary<string, IpAddress> HostAddresses,
    IReadOnlyCollection<HostEvent> Events,
    IReadOnlyCollection<ThreadOrigin> ThreadStarts,
    IReadOnlyCollection<EventLoss> Losses,
    IReadOnlyCollection<RewriteRule> RewriteRules)
{
    /// <summary>The TCP headers that the hosts' sniffers saw.</summary>
    public IReadOnlyCollection<CapturedPacket> Packets { get; init; } = [];

    /// <summary>Rules, links and hosts' places, as the control messages tell them.</summary>
    public NetworkHistory Network { get; init; } = NetworkHistory.Empty;

    /// <summary>The agents' clocks as the manager read them.</summary>
    public IReadOnlyCollection<ClockReading> ClockReadings { get; init; } = [];

    /// <summary>Hosts that were not heard to the end, with the time until which they were, ns.</summary>
    public IReadOnlyDictionary<string, long> LateHosts { get; init; } = new Dictionary<string, long>();

    /// <summary>What runtime hooks said of the bytes that their programs sent.</summary>
    public IReadOnlyCollection<DeclaredSend> DeclaredSends { get; init; } = [];
}
