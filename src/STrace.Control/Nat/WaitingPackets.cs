using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Packets for one real host until it is known where it is.</summary>
internal sealed class WaitingPackets(TimeProvider time)
{
    private const int Most = 64;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1);

    private readonly Queue<(long Timestamp, PacketInMessage Message, NatFlow Flow, NatEntry Entry)> _packets = new();
    private long? _askedTimestamp;

    /// <summary>Keeps a packet.</summary>
    /// <returns>Those that it displaces: too old, or too many.</returns>
    public List<PacketInMessage> Add(PacketInMessage message, NatFlow flow, NatEntry entry)
    {
        var displaced = TakeOld();
        if (_packets.Count == Most)
            displaced.Add(_packets.Dequeue().Message);
        _packets.Enqueue((time.GetTimestamp(), message, flow, entry));
        return displaced;
    }

    /// <summary>Whether it is time for an (or another) ARP request; then it counts as sent.</summary>
    public bool ShouldAsk()
    {
        if (_askedTimestamp is { } asked && time.GetElapsedTime(asked) < AskAgainAfter)
            return false;
        _askedTimestamp = time.GetTimestamp();
        return true;
    }

    /// <summary>Takes out what has waited too long to be worth forwarding.</summary>
    public List<PacketInMessage> TakeOld()
    {
        var old = new List<PacketInMessage>();
        while (_packets.TryPeek(out var first) && time.GetElapsedTime(first.Timestamp) > Longest)
            old.Add(_packets.Dequeue().Message);
        return old;
    }

    /// <summary>The next packet in order of arrival.</summary>
    public bool TryTake(out PacketInMessage message, out NatFlow flow, out NatEntry entry)
    {
        var taken = _packets.TryDequeue(out var packet);
        (_, message, flow, entry) = packet;
        return taken;
    }
}
