using STrace.Model;

namespace STrace.AgentProtocol;

/// <summary>What one run of one agent recorded, as far as it was read.</summary>
/// <param name="Sends">In the order in which they were declared.</param>
public sealed record HostRecords(
    IReadOnlyList<HostEvent> Events,
    IReadOnlyList<ThreadOrigin> Threads,
    IReadOnlyList<EventLoss> Losses,
    IReadOnlyList<DeclaredSend> Sends);
