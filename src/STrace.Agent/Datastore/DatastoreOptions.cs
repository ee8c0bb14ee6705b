using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>What a datastore is told when it starts.</summary>
public sealed record DatastoreOptions : LinkOptions
{
    /// <summary>Its places at the switches; no port and no interface twice.</summary>
    public required IReadOnlyList<DatastorePort> Ports { get; init; }

    /// <summary>Bytes of blocks kept in memory while the manager does not acknowledge; beyond it frames are dropped and counted.</summary>
    public long SpoolBytes { get; init; } = 256L * 1024 * 1024;
}
