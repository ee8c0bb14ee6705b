using STrace.Model;

namespace STrace.Correlation;

/// <summary>The first stage: one host's events to requests, links and open connection ends.</summary>
internal static class HostStage
{
    /// <param name="declared">What runtime hooks said of the bytes that the host's programs sent.</param>
    public static HostTrace Trace(HostEvents host, IReadOnlyCollection<DeclaredSend> declared)
    {
        var connections = new ConnectionTable(host.All);
        var semaphores = new SemaphoreRule();
        HostRule[] rules =
        [
            new InheritanceRule(), new DeclaredContextRule(connections, declared), new AcceptRule(connections),
            new ServerConnectionRule(connections), new ClientConnectionRule(connections), new PipeRule(), new MessageQueueRule(), new SharedMemoryRule(), new FileRule(),
            semaphores, new JoinRule(), new CloseRule(connections), new ThreadContextRule(),
        ];
        var causes = new List<(int, int)>();
        List<int> byTime = EffectOrder.Sort(host, causes);
        foreach (HostRule rule in rules)
            rule.Prepare(host, byTime, causes);

        var attribution = new Attribution(host);
        foreach (int index in EffectOrder.Sort(host, causes))
        {
            Ring ring = host.RingOf(index);
            bool wasIdle = ring.Request == HostTrace.None;
            foreach (HostRule rule in rules)
                if (rule.Apply(attribution, index))
                    break;
            if (wasIdle && ring.Request != HostTrace.None)
                semaphores.Taken(attribution, ring);
            if (host.All[index].Operation != Operation.Socket)
                ring.PendingSocket = HostTrace.None;
        }
        return Result(attribution, connections);
    }

    private static HostTrace Result(Attribution attribution, ConnectionTable connections)
    {
        HostEvents host = attribution.Host;
        var refused = new List<(int, EventLoss)>();
        var ends = new List<ConnectionEnd>();
        var streams = new List<StreamEnd>();
        foreach (Connection c in connections.All)
        {
            IReadOnlyList<ByteRange> sent = Known(c.Sent), received = Known(c.Received);
            if (c.Start != HostTrace.None && Key(c, host.All[c.Start].Host) is { } key)
                ends.Add(new ConnectionEnd(c.IsServer, c.Start, key, sent, received));
            int opened = c.Start != HostTrace.None ? c.Start : c.FailedStart;
            if (c.Channel is { Protocol: FlowTuple.Tcp, Peer: not null })
                streams.Add(new StreamEnd(c.Channel, c.IsServer, opened, sent, received, host.HasGap(c.Channel)));
        }
        return new HostTrace(
            host.All, attribution.Requests, attribution.RequestCount, attribution.Links, attribution.Questions, ends, streams,
            refused);

        IReadOnlyList<ByteRange> Known(ByteCounter counter)
        {
            int known = 0;
            while (known < counter.Ranges.Count && host.LossBefore(counter.Ranges[known].Event) is null)
                known++;
            foreach (ByteRange range in counter.Ranges.Skip(known))
                if (host.LossBefore(range.Event) is { } loss)
                    refused.Add((range.Event, loss));
            return [.. counter.Ranges.Take(known)];
        }
    }

    private static ConnectionKey? Key(Connection connection, string host)
    {
        Channel channel = connection.Channel;
        if (channel is { Local: { } local, Peer: { } peer })
        {
            var outgoing = new FlowTuple(channel.Protocol, local, peer);
            return new ConnectionKey(connection.IsServer ? outgoing.Reversed : outgoing, null);
        }
        return channel.Path is { } path ? new ConnectionKey(default, $"{host}:{path}") : null;
    }
}
