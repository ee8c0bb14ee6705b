using STrace.AgentProtocol;
using STrace.Control;
using STrace.Model;
using STrace.Storage;

namespace STrace.Original;

/// <summary>What the original asks of a recorded session.</summary>
/// <param name="Addresses">Of each host the address that names it.</param>
/// <param name="Rules">Rules with rewriting actions, in the order in which they were sent.</param>
internal sealed record RecordedSession(
    string Name, IReadOnlyDictionary<string, IpAddress> Addresses, IReadOnlyList<HostEvent> Events, IReadOnlyList<RewriteRule> Rules)
{
    /// <param name="dataDirectory">The manager's; the session is in <c>sessions/NAME</c> below it.</param>
    /// <exception cref="SessionStoreException">The store cannot be read.</exception>
    /// <exception cref="AgentProtocolException">A block cannot be read to its end.</exception>
    /// <exception cref="InvalidDataException">A block is damaged: a baseline is measured on whole recordings only.</exception>
    public static RecordedSession Read(string dataDirectory, string name)
    {
        ISession session = new SqliteSessionStore(dataDirectory).Open(name);
        var readers = new Dictionary<(string Host, Guid Agent), HostEventReader>();
        foreach (Block block in session.ReadBlocks(BlockKind.Objects).Concat(session.ReadBlocks(BlockKind.Events)))
        {
            var key = (block.Header.Source, block.Header.Agent);
            if (!readers.TryGetValue(key, out HostEventReader? reader))
                readers[key] = reader = new HostEventReader(key.Source, key.Agent);
            reader.Add(block.Payload);
        }
        IReadOnlyList<RewriteRule> rules = RewriteRuleReader.Read(session.ReadBlocks(BlockKind.Control).SelectMany(block => ControlLogFormat.Read(block.Payload))).Rules;
        if (session.DamagedBlocks is [DamagedBlock damaged, ..])
            throw new InvalidDataException(damaged.Reason);
        return new RecordedSession(
            name,
            session.Hosts.Where(host => host.Addresses.Count > 0).DistinctBy(host => host.Name)
                .ToDictionary(host => host.Name, host => IpAddress.Parse(host.Addresses[0])),
            [.. readers.Values.SelectMany(reader => reader.Read().Events)],
            rules);
    }
}
