using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>One sending of a packet, at one switch.</summary>
/// <param name="Step">Its index in the plan.</param>
internal sealed record Sending(int Step, SwitchPort At, long TimeNs, ReadOnlyMemory<byte> Frame, Match? Headers, TableWay Recorded, TableWay Replayed);

/// <summary>
/// One packet, or several that nothing tells apart: they are counted, not recognised. Takes what was sent and what came out, and
/// gives each packet what belongs to it.
/// </summary>
internal sealed class PacketGroup
{
    private readonly Dictionary<ulong, int> _sentAt = [];
    private readonly List<SentPacket> _packets = [];

    /// <summary>Steps of the plan that send it and have not been done.</summary>
    public int Remaining { get; set; }

    /// <summary>A packet that the controller passes on is sent once at each switch of its way, and is one.</summary>
    /// <returns>The packet where this is its first sending; else null.</returns>
    public SentPacket? Add(Sending sending)
    {
        Remaining--;
        var index = _sentAt.GetValueOrDefault(sending.At.Dpid);
        _sentAt[sending.At.Dpid] = index + 1;
        if (index < _packets.Count)
        {
            _packets[index].Sendings.Add(sending);
            return null;
        }
        _packets.Add(new SentPacket());
        _packets[index].Sendings.Add(sending);
        return _packets[index];
    }

    /// <summary>Gives the packets what came out of them.</summary>
    /// <param name="received">Of this hash, in order.</param>
    /// <param name="expects">Whether an output must come out; what was flooded may not.</param>
    /// <param name="isSeen">Whether what leaves by a port can be seen.</param>
    public IReadOnlyList<SentPacket> Share(IEnumerable<Arrival> received, Func<WayOutput, bool> expects, Func<SwitchPort, bool> isSeen)
    {
        var arrivals = received.GroupBy(arrival => (arrival.Frame.At, arrival.Headers))
            .ToDictionary(same => same.Key, same => new Queue<Arrival>(same));
        var outputs = _packets
            .SelectMany(packet => packet.Sendings.SelectMany(sending => sending.Recorded.Outputs.Select(output => new Wanted(packet, sending, output))))
            .ToLookup(wanted => expects(wanted.Output));
        foreach (var wanted in outputs[true])
        {
            if (!isSeen(wanted.Output.At))
                wanted.Packet.Unseen.Add(wanted);
            else if (!Take(wanted))
                wanted.Packet.Missing.Add(wanted);
        }
        foreach (var wanted in outputs[false])
        {
            wanted.Packet.MayArrive = true;
            Take(wanted);
        }

        // What is left over takes the place of what is missing; then it belongs to whom the tables do not tell of.
        var lacking = new Queue<SentPacket>(_packets.SelectMany(packet => packet.Missing.Select(_ => packet))
            .Concat(_packets.Where(packet => packet.Unknown is not null)));
        foreach (var arrival in arrivals.Values.SelectMany(same => same).OrderBy(arrival => arrival.Index))
            (lacking.TryDequeue(out var packet) ? packet : _packets[^1]).Strays.Add(arrival);
        return _packets;

        bool Take(Wanted wanted)
        {
            if (!arrivals.TryGetValue((wanted.Output.At, wanted.Output.Headers), out var same) || !same.TryDequeue(out var arrival))
                return false;
            wanted.Packet.Arrived.Add((wanted, arrival));
            return true;
        }
    }
}

/// <summary>A frame that came out.</summary>
/// <param name="Index">Its place among all that came out.</param>
internal sealed record Arrival(int Index, ReceivedFrame Frame, Match? Headers)
{
    public PacketCopy ToCopy() => new(Frame.At, HeaderText.Name(Headers));
}

/// <summary>A copy that leaves the network in the recording.</summary>
internal sealed record Wanted(SentPacket Packet, Sending Sending, WayOutput Output)
{
    public bool Is(Arrival arrival) => arrival.Frame.At == Output.At && Output.Headers.Equals(arrival.Headers);

    public PacketCopy ToCopy() => new(Output.At, HeaderText.Name(Output.Headers));
}

/// <summary>One packet: how it was sent, and what came out of it.</summary>
internal sealed class SentPacket
{
    public List<Sending> Sendings { get; } = [];

    /// <summary>Its place in its flow, from 1.</summary>
    public int Index { get; set; }

    /// <summary>Where the record has it, and as what.</summary>
    public List<(Wanted Wanted, Arrival Arrival)> Arrived { get; } = [];

    /// <summary>What the record has and did not come out.</summary>
    public List<Wanted> Missing { get; } = [];

    /// <summary>What left by ports at which nobody stands.</summary>
    public List<Wanted> Unseen { get; } = [];

    /// <summary>What came out and is not in the record.</summary>
    public List<Arrival> Strays { get; } = [];

    /// <summary>It was flooded to ports of which nobody knows whether they took it.</summary>
    public bool MayArrive { get; set; }

    public Sending First => Sendings[0];

    public IEnumerable<Arrival> CameOut => Arrived.Select(pair => pair.Arrival).Concat(Strays);

    /// <summary>Why the recorded tables do not tell what became of it; null where they do.</summary>
    public string? Unknown => Sendings.Select(sending => sending.Recorded.Unknown).FirstOrDefault(unknown => unknown is not null);
}
