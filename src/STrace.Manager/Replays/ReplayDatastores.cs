using STrace.Control;

namespace STrace.Manager;

/// <summary>The datastores that stand in the place of hosts while a replay runs.</summary>
internal sealed class ReplayDatastores : IFrameInjector
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly Dictionary<SwitchPort, AgentConnection> _byPort = [];

    public ReplayDatastores(IEnumerable<AgentConnection> connected)
    {
        foreach (AgentConnection datastore in connected)
        {
            foreach (var port in datastore.Ports)
                _byPort[new SwitchPort(port.Dpid, port.Port)] = datastore;
        }
    }

    public bool CanInject(SwitchPort port) => _byPort.ContainsKey(port);

    /// <summary>The interface that is linked to the port.</summary>
    public string Interface(SwitchPort port) => _byPort[port].Ports.First(p => p.Dpid == port.Dpid && p.Port == port.Port).Interface;

    public Task InjectAsync(SwitchPort port, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken) =>
        _byPort[port].InjectAsync([.. frames.Select(frame => (port.Dpid, port.Port, frame))], cancellationToken);

    /// <summary>Has all of them record what comes out under this name.</summary>
    /// <exception cref="ManagerException">One does not confirm in time.</exception>
    public Task ArmAsync(string name, CancellationToken ct) => ConfigureAsync(name, d => d.Armed == name, ct);

    /// <summary>Has them send the last of what came out.</summary>
    /// <exception cref="ManagerException">One does not finish in time.</exception>
    public Task DisarmAsync(string name, CancellationToken ct) => ConfigureAsync(null, d => d.Finished == name, ct);

    private async Task ConfigureAsync(string? name, Func<AgentConnection, bool> done, CancellationToken ct)
    {
        AgentConnection[] all = [.. _byPort.Values.Distinct()];
        await Task.WhenAll(all.Select(d => d.ConfigureAsync(name, ct)));
        for (long start = Environment.TickCount64; all.FirstOrDefault(d => !done(d)) is { } late; await Task.Delay(5, ct))
        {
            if (!late.Connected || Environment.TickCount64 - start > Deadline.TotalMilliseconds)
                throw new ManagerException(ManagerError.No, $"datastore {late.Host.Name} does not answer: is `s-trace datastore` running there?");
        }
    }
}
