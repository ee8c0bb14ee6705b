using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Packets for the real hosts of one entry until it is known where one is.</summary>
internal sealed class WaitingPackets(TimeProvider time)
{
    private const int Most = 64;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    private readonly Queue<(long Timestamp, ArrivedPacket Message, NatFlow Flow, HostLocation Client)> _packets = new();

    /// <summary>Keeps a packet.</summary>
    /// <returns>Those that it displaces: too old, or too many.</returns>
    public List<ArrivedPacket> Add(in ArrivedPacket message, NatFlow flow, HostLocation client)
    {
        var displaced = TakeOld();
        if (_packets.Count == Most)
            displaced.Add(_packets.Dequeue().Message);
        _packets.Enqueue((time.GetTimestamp(), message.Kept(), flow, client));
        return displaced;
    }

    /// <summary>Takes out what has waited too long to be worth forwarding.</summary>
    public List<ArrivedPacket> TakeOld()
    {
        var old = new List<ArrivedPacket>();
        while (_packets.TryPeek(out var first) && time.GetElapsedTime(first.Timestamp) > Longest)
            old.Add(_packets.Dequeue().Message);
        return old;
    }

    /// <summary>Takes out all, in order of arrival.</summary>
    public IReadOnlyList<(ArrivedPacket Message, NatFlow Flow, HostLocation Client)> TakeAll()
    {
        (ArrivedPacket, NatFlow, HostLocation)[] all = [.. _packets.Select(packet => (packet.Message, packet.Flow, packet.Client))];
        _packets.Clear();
        return all;
    }
}
