using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>Unread records where they lie in the ring: up to the ring's end, and from its beginning. The application can still write there.</summary>
internal readonly ref struct RingSlice(ReadOnlySpan<CallRecord> first, ReadOnlySpan<CallRecord> wrapped)
{
    public ReadOnlySpan<CallRecord> First { get; } = first;
    public ReadOnlySpan<CallRecord> Wrapped { get; } = wrapped;
}
