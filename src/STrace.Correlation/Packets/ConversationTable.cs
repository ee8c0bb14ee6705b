using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Packets to conversations, these to the traced ends of connections at the host that saw them, and packets with data to the calls whose
/// bytes they carried (figure 6.3 of the dissertation): the send that gave, or the receive that took, their first byte.
/// </summary>
internal sealed class ConversationTable(long toleranceNs)
{
    /// <summary>Packets that stand under no call are kept so many, for a person to look at.</summary>
    private const int MostUnplaced = 100_000;

    private readonly Dictionary<(string Host, FlowTuple Outgoing), Lives> _lives = [];
    private readonly PriorityQueue<CapturedPacket, CapturedPacket> _packets = new(PacketOrder.Instance);
    private readonly PriorityQueue<(Connection End, bool IsLast), (long TimeNs, long Order)> _ends = new();
    private readonly HashSet<Conversation> _waiting = new(ReferenceEqualityComparer.Instance);
    private readonly SweepPace _pace = new(least: 4096);
    private long _order;

    /// <summary>The connections that one host had with one address pair, one after the other.</summary>
    private sealed class Lives
    {
        public List<Conversation> All { get; } = [];

        /// <summary>Some traced call was on a connection with these addresses.</summary>
        public bool Traced { get; set; }
    }

    /// <summary>Packets with data that stand under no call.</summary>
    public List<UnplacedPacket> Unplaced { get; } = [];

    public void Add(CapturedPacket packet)
    {
        if (packet.Flow.Protocol == FlowTuple.Tcp)
            _packets.Enqueue(packet, packet);
    }

    /// <summary>By when the first packet of a connection was seen: a connect sends its SYN at once, whenever it returns; ns.</summary>
    /// <param name="first">The connect, the accept, or the first call on the connection that was seen.</param>
    public static long SeenNs(HostEvent first, long toleranceNs) =>
        first.Operation == Operation.Connect ? Math.Min(first.ExitNs, first.EnterNs + toleranceNs) : first.ExitNs;

    /// <summary>An end of a TCP connection of which both addresses are known.</summary>
    public void Add(Connection end, HostEvent first)
    {
        long knownNs = SeenNs(first, toleranceNs);
        _ends.Enqueue((end, false), (knownNs, ++_order));
        _ends.Enqueue((end, true), (knownNs + toleranceNs, ++_order));
    }

    /// <summary>Goes on through packets and ends up to the time; nothing earlier is to come.</summary>
    public void Advance(long passedNs)
    {
        while (_ends.TryPeek(out var end, out var at) && at.TimeNs <= passedNs)
        {
            _ends.Dequeue();
            Read(at.TimeNs);
            Find(end.End, at.TimeNs, end.IsLast);
        }
        Read(passedNs);
        Place();
        Sweep(passedNs);
    }

    /// <summary>Nothing is to come: what stands under no call will never do so.</summary>
    public void End()
    {
        foreach (Lives lives in _lives.Values)
            foreach (Conversation life in lives.All)
                foreach (PlacedBytes bytes in life.Waiting)
                    Leave(bytes.Packet, Reason(life, lives.Traced, bytes));
        Unplaced.Sort((a, b) => PacketOrder.Instance.Compare(a.Packet, b.Packet));
    }

    /// <summary>The packet stands under no call.</summary>
    public void Leave(CapturedPacket packet, string reason)
    {
        if (Unplaced.Count < MostUnplaced)
            Unplaced.Add(new UnplacedPacket(packet, reason));
    }

    private void Read(long untilNs)
    {
        while (_packets.TryPeek(out CapturedPacket? packet, out _) && packet.TimeNs <= untilNs)
        {
            _packets.Dequeue();
            FlowTuple outgoing = packet.Outgoing ? packet.Flow : packet.Flow.Reversed;
            Lives lives = Of(packet.Host, outgoing);
            if (lives.All.Count == 0 || !lives.All[^1].TryAdd(packet))
            {
                lives.All.Add(new Conversation(packet.Host, outgoing));
                lives.All[^1].TryAdd(packet);
                Forget(lives.All, packet.TimeNs);
            }
            if (lives.All[^1] is { End: not null, Waiting.Count: > 0 } known)
                _waiting.Add(known);
        }
    }

    /// <summary>Addresses that are not used any more are forgotten, now and then.</summary>
    private void Sweep(long nowNs)
    {
        if (!_pace.IsDue(_lives.Count))
            return;
        foreach ((var addresses, Lives lives) in _lives)
            if (lives.All.TrueForAll(l => l.LastNs + Request.LingerNs < nowNs && l.End?.IsClosed != false && l.Waiting.Count == 0))
                _lives.Remove(addresses);
        _pace.Swept(_lives.Count);
    }

    /// <summary>Connections that ended long ago are not asked for any more.</summary>
    private void Forget(List<Conversation> lives, long nowNs)
    {
        while (lives.Count > 2 && lives[0].LastNs + (4 * ConnectionPairing.WindowNs) < nowNs)
        {
            foreach (PlacedBytes bytes in lives[0].Waiting)
                Leave(bytes.Packet, Reason(lives[0], traced: true, bytes));
            lives.RemoveAt(0);
        }
    }

    private void Find(Connection end, long nowNs, bool isLast)
    {
        Channel channel = end.Channel;
        Lives lives = Of(channel.Host, new FlowTuple(FlowTuple.Tcp, channel.Local!.Value, channel.Peer!.Value));
        lives.Traced = true;
        if (end.Conversation is not null)
            return;
        Conversation? life = lives.All.Count > 0 ? LifeAt(lives.All, nowNs, isLast) : null;
        if (life is not null && !end.IsServer && end.Start is { } start && life.FirstNs < start.Event.EnterNs - toleranceNs)
            life = null; // of an earlier connection
        if (life is null && isLast && end.Start is null && end.FailedStart is { } failed)
            life = Refused(channel, failed.Event);
        if (life is null)
            return;
        (life.End, end.Conversation) = (end, life);
        _waiting.Add(life);
    }

    /// <summary>
    /// The first packet was seen before the call that opened the connection had its effect; a connection may wait for its accept as long as
    /// it likes.
    /// </summary>
    private Conversation? LifeAt(List<Conversation> lives, long nowNs, bool isLast)
    {
        long knownNs = isLast ? nowNs - toleranceNs : nowNs;
        return lives.FindLast(l => l.End is null && l.FirstNs <= knownNs) ?? (isLast ? lives.Find(l => l.End is null && l.FirstNs <= nowNs) : null);
    }

    /// <summary>
    /// The one conversation that a connect which failed began: the kernel takes the socket's own address away then, but not its port.
    /// </summary>
    private Conversation? Refused(Channel channel, HostEvent connect)
    {
        Conversation[] fit = [.. _lives.Where(l => l.Key.Host == channel.Host &&
                l.Key.Outgoing.Source.Port == channel.Local!.Value.Port && l.Key.Outgoing.Destination == channel.Peer!.Value)
            .SelectMany(l => l.Value.All)
            .Where(l => l.End is null && l.First is { Outgoing: true, Flags: TcpMarks.Syn } &&
                connect.EnterNs - toleranceNs <= l.FirstNs && l.FirstNs <= connect.ExitNs + toleranceNs)];
        return fit is [var only] ? only : null;
    }

    /// <summary>Puts what waits under its calls, as far as these are there.</summary>
    private void Place()
    {
        foreach (Conversation life in _waiting)
        {
            life.Waiting.RemoveAll(bytes => TryPlace(life, bytes));
            if (life.Waiting.Count == 0)
                _waiting.Remove(life);
        }
    }

    private static bool TryPlace(Conversation life, PlacedBytes bytes)
    {
        if (life.End is not { } end || end.Start is null || life.Start(bytes.Packet.Outgoing) is null)
            return false;
        IReadOnlyList<Piece> pieces = (bytes.Packet.Outgoing ? end.Sent : end.Received).Pieces;
        int first = pieces.FirstBehind(bytes.Offset);
        if (first == pieces.Count || pieces[first].From > bytes.Offset || pieces[first].Step.Request is not { Group.Top.IsClosed: false } request)
            return false;
        (request.Packets ??= []).Add(new PlacedPacket(bytes.Packet, pieces[first].Step, bytes.Again, null));
        return true;
    }

    private static string Reason(Conversation life, bool traced, PlacedBytes bytes)
    {
        bool outgoing = bytes.Packet.Outgoing;
        if (!traced)
            return "no traced call on this connection";
        if (life.Start(outgoing) is null)
            return "the connection's beginning was not captured";
        if (life.End is not { } end)
            return "no traced call on this connection (a traced one had the same addresses at another time)";
        if (end.Start is null && end.FailedStart is null)
            return "no traced call opened the connection, so its calls' bytes cannot be counted";
        return end.State.Gap is not null ? "calls were lost, so which one's bytes these are is not known"
            : outgoing ? "no traced call sent these bytes"
            : end.State.Endings.Exists(s => s.Event.Operation.IsClose()) ? "no call took these bytes (the connection was closed before they were read)"
            : "no call took these bytes";
    }

    private Lives Of(string host, FlowTuple outgoing)
    {
        if (!_lives.TryGetValue((host, outgoing), out Lives? lives))
            _lives[(host, outgoing)] = lives = new Lives();
        return lives;
    }
}
