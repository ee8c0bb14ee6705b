using STrace.Model;

namespace STrace.Correlation;

/// <summary>The stream sockets of a host and the side that each is on.</summary>
internal sealed class ConnectionTable
{
    private readonly Dictionary<Channel, Connection> _connections = [];
    private readonly HashSet<Channel> _accepted = [];
    private readonly HashSet<Channel> _connected = [];
    private readonly HashSet<ushort> _listeningPorts = [];

    public ConnectionTable(IEnumerable<HostEvent> events)
    {
        foreach (HostEvent e in events)
        {
            if (e.Channel is not { Kind: ChannelKind.Socket } channel)
                continue;
            if (IsAccepted(e))
                _accepted.Add(channel);
            else if (e.Operation == Operation.Connect)
                _connected.Add(channel);
            if ((channel.Listening || IsAccepted(e)) && channel.Local is { } local)
                _listeningPorts.Add(local.Port);
        }
    }

    /// <summary>In the order in which they were first used.</summary>
    public List<Connection> All { get; } = [];

    /// <summary>An accept that took a connection.</summary>
    public static bool IsAccepted(HostEvent e) => e.Operation.IsAccept() && e.Errno == 0 && e.Channel is { Listening: false };

    public bool IsServer(Channel channel) => _connections[channel].IsServer;

    /// <summary>
    /// The connection that the event acts on; null when it is none: datagrams have a peer a call, a listening socket has none,
    /// and of a socketpair's ends nobody can say which belong together.
    /// A socket whose start was not seen is a server's when its port is listened on, or the first bytes seen on it are read.
    /// </summary>
    public Connection? Of(HostEvent e)
    {
        if (e.Channel is not { Kind: ChannelKind.Socket, Listening: false } channel || channel.Protocol == FlowTuple.Udp)
            return null;
        if (_connections.TryGetValue(channel, out Connection? known))
            return known;
        bool started = _accepted.Contains(channel) || _connected.Contains(channel);
        bool nameless = channel.Local is null && channel.Path is null;
        if (!started && (nameless || e.Bytes <= 0))
            return null;
        bool isServer = started
            ? _accepted.Contains(channel)
            : e.Operation.IsReceive() || (channel.Local is { } local && _listeningPorts.Contains(local.Port));
        var connection = new Connection(channel, isServer);
        _connections.Add(channel, connection);
        All.Add(connection);
        return connection;
    }
}
