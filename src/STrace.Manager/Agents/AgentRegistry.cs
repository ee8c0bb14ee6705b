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

    /// <summary>
    /// Gives the host to this connection, unless another agent's connection of that name is there: a host has one agent. A new
    /// connection of the same agent takes the place of its old one, which is closed.
    /// </summary>
    /// <returns>The connection that has the host instead; null when this one has it now.</returns>
    public AgentConnection? Add(AgentConnection connection)
    {
        AgentConnection? replaced = null;
        AgentConnection holder = _byHost.AddOrUpdate(connection.Host.Name, connection, (_, old) =>
        {
            bool free = !old.Connected || old.Host.Agent == connection.Host.Agent;
            replaced = free ? old : null;
            return free ? connection : old;
        });
        replaced?.Close();
        return holder == connection ? null : holder;
    }

    /// <summary>Whether the host is this connection's.</summary>
    public bool Holds(AgentConnection connection) => connection.HasHello && _byHost.GetValueOrDefault(connection.Host.Name) == connection;
}
