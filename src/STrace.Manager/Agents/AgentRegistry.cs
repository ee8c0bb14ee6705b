using System.Collections.Concurrent;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>The hosts that have said hello since the manager started. Any thread.</summary>
internal sealed class AgentRegistry
{
    private readonly ConcurrentDictionary<string, AgentConnection> _byHost = new();

    /// <summary>All hosts, connected or not, by name.</summary>
    public IReadOnlyList<AgentConnection> All => [.. _byHost.Values.OrderBy(a => a.Host.Name, StringComparer.Ordinal)];

    public IReadOnlyList<AgentConnection> Connected => [.. All.Where(a => a.Connected)];

    /// <summary>A host's newest connection takes the place of an older one, which is closed: a host has one agent.</summary>
    public void Add(AgentConnection connection)
    {
        AgentConnection? replaced = null;
        _byHost.AddOrUpdate(connection.Host.Name, connection, (_, old) =>
        {
            replaced = old;
            return connection;
        });
        replaced?.Close();
    }

    public IEnumerable<SessionHost> Hosts => All.Select(a => a.Host);
}
