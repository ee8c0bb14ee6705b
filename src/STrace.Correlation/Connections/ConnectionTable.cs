using STrace.Model;

namespace STrace.Correlation;

/// <summary>The stream sockets of a host and the side that each is on.</summary>
internal sealed class ConnectionTable
{
    private const ushort FirstEphemeralPort = 32768;

    private readonly HashSet<ushort> _listeningPorts = [];

    /// <summary>Those on which something has happened since the list was last emptied.</summary>
    public List<Connection> Touched { get; } = [];

    public void Touch(Connection connection)
    {
        if (!connection.IsTouched)
            Touched.Add(connection);
        connection.IsTouched = true;
    }

    /// <summary>An accept that took a connection.</summary>
    public static bool IsAccepted(HostEvent e) => e.Operation.IsAccept() && e.Errno == 0 && e.Channel is { Listening: false };

    /// <summary>
    /// The connection that the step acts on; null when it is none: datagrams have a peer a call, a listening socket has none. One
    /// whose start was not seen is a server's when its port is listened on, or when the first bytes seen on it are read by a port
    /// that is not one of those that clients get.
    /// </summary>
    public Connection? Of(Step step)
    {
        if (step.Channel is not { } state)
            return null;
        return state.Connection ?? Find(step, state);
    }

    private Connection? Find(Step step, ChannelState state)
    {
        Channel channel = state.Channel;
        if (channel.Kind != ChannelKind.Socket)
            return null;
        HostEvent e = step.Event;
        bool accepted = IsAccepted(e);
        if ((channel.Listening || accepted) && channel.Local is { } listens)
            _listeningPorts.Add(listens.Port);
        if (channel.Listening || channel.Protocol == FlowTuple.Udp)
            return null;
        bool starts = accepted || e.Operation == Operation.Connect;
        bool nameless = channel.Local is null && channel.Path is null;
        if (!starts && (nameless || e.Moved <= 0))
            return null;
        bool isServer = starts ? accepted : IsServersByItsPort(channel) ?? e.IsReceive;
        state.Connection = new Connection(state, isServer);
        return state.Connection;
    }

    private bool? IsServersByItsPort(Channel channel)
    {
        if (channel is not { Local: { } local, Peer: { } peer })
            return null;
        if (_listeningPorts.Contains(local.Port))
            return true;
        return local.Port >= FirstEphemeralPort && peer.Port < FirstEphemeralPort ? false : null;
    }
}
