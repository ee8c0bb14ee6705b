using STrace.Model;

namespace STrace.Correlation;

/// <summary>Packets to conversations, and these to the traced ends of connections at the host that saw them.</summary>
internal sealed class ConversationReader(Trace trace, long toleranceNs)
{
    private readonly ILookup<(string Host, FlowTuple Outgoing), StreamEnd> _ends = trace.Streams
        .Where(s => s.Channel.Local is not null)
        .ToLookup(s => (s.Channel.Host, new FlowTuple(FlowTuple.Tcp, s.Channel.Local!.Value, s.Channel.Peer!.Value)));

    /// <summary>Of a connect that failed the kernel takes the socket's own address away, but not its port.</summary>
    private readonly ILookup<(string Host, ushort Port, Endpoint Peer), StreamEnd> _failed = trace.Streams
        .Where(s => s.Channel.Local is not null && s.Opened is { Event.Failed: true })
        .ToLookup(s => (s.Channel.Host, s.Channel.Local!.Value.Port, s.Channel.Peer!.Value));

    /// <returns>In order of their first packets.</returns>
    public List<Conversation> Read(IEnumerable<CapturedPacket> packets)
    {
        var all = new List<Conversation>();
        foreach (var connection in packets
            .Where(p => p.Flow.Protocol == FlowTuple.Tcp)
            .Order(PacketOrder.Instance)
            .GroupBy(p => (p.Host, Outgoing: p.Outgoing ? p.Flow : p.Flow.Reversed)))
        {
            var lives = new List<Conversation> { new(connection.Key.Host, connection.Key.Outgoing) };
            foreach (CapturedPacket packet in connection)
            {
                if (lives[^1].TryAdd(packet))
                    continue;
                lives.Add(new Conversation(connection.Key.Host, connection.Key.Outgoing));
                lives[^1].TryAdd(packet);
            }
            FindEnds([.. lives], [.. _ends[connection.Key].OrderBy(KnownNs)]);
            all.AddRange(lives);
        }
        return all;
    }

    private void FindEnds(Conversation[] lives, StreamEnd[] ends)
    {
        foreach (Conversation life in lives)
            life.Traced = ends.Length > 0;
        foreach ((Conversation life, StreamEnd end) in TimePairing.Pair(lives, l => l.FirstNs, ends, KnownNs, toleranceNs))
        {
            // The SYN leaves within the connect; a connection may wait for its accept as long as it likes.
            bool ofAnEarlier = !end.IsServer && end.Opened is { } opened &&
                life.FirstNs < opened.Event.EnterNs - toleranceNs;
            if (!ofAnEarlier)
                life.End = end;
        }
        foreach (Conversation life in lives)
            if (life.End is null && life.Packets[0] is { Outgoing: true, Flags: TcpMarks.Syn })
                life.End = FailedConnect(life);
    }

    /// <summary>The one failed connect from this port to this peer during which the SYN was sent.</summary>
    private StreamEnd? FailedConnect(Conversation life)
    {
        StreamEnd[] fit = [.. _failed[(life.Host, life.Outgoing.Source.Port, life.Outgoing.Destination)].Where(
            s => s.Opened!.Event is var e &&
                e.EnterNs - toleranceNs <= life.FirstNs && life.FirstNs <= e.ExitNs + toleranceNs)];
        return fit is [var only] ? only : null;
    }

    /// <summary>By when the connection was there: the first call on it had its effect. Last of all when no such call is left.</summary>
    private long KnownNs(StreamEnd end)
    {
        if (end.Opened is { } opened)
            return opened.Event.ExitNs;
        return end.Sent.Concat(end.Received).Select(r => r.Step.Event.ExitNs).DefaultIfEmpty(long.MaxValue - toleranceNs).Min();
    }
}
