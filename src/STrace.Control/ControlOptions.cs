using System.Net;

namespace STrace.Control;

/// <summary>How the manager meets its switches.</summary>
public sealed record ControlOptions
{
    /// <summary>Where switches connect; port 0 takes any free one.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 6653);

    /// <summary>From the connection to the FEATURES_REPLY.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence after which a switch is asked by ECHO_REQUEST whether it lives.</summary>
    public TimeSpan EchoAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Silence, or no progress in reading what is sent to it, after which a switch counts as dead.</summary>
    public TimeSpan DeadAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the answer to one request.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For all answers to the questions at a session's start; load generators answer few of them.</summary>
    public TimeSpan SnapshotTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Bytes that may wait for one switch; one that lets more pile up is dropped.</summary>
    public int OutgoingLimitBytes { get; init; } = 16 << 20;
}
