using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>What a datastore is told when it starts.</summary>
public sealed record DatastoreOptions : LinkOptions
{
    /// <summary>Its places at the switches; no port and no interface twice.</summary>
    public required IReadOnlyList<DatastorePort> Ports { get; init; }
}
