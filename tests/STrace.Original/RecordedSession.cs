using System.Buffers.Binary;
using STrace.AgentProtocol;
using STrace.Control;
using STrace.Model;
using STrace.Storage;

namespace STrace.Original;

/// <summary>What the original asks of a recorded session.</summary>
/// <param name="Addresses">Of each host the address that names it.</param>
/// <param name="Rules">Rules with rewriting actions, in the order in which they were sent.</param>
internal sealed record RecordedSession(
    string Name, IReadOnlyDictionary<string, string> Addresses, IReadOnlyList<HostEvent> Events, IReadOnlyList<RewriteRule> Rules)
{
    // Of a recorded control message: time, dpid, direction, length (docs/formats.md).
    private const int DpidOffset = 8, DirectionOffset = 16, LengthOffset = 17, HeaderBytes = 21;

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
        IReadOnlyList<RewriteRule> rules = RewriteRuleReader.Read(session.ReadBlocks(BlockKind.Control).SelectMany(Messages)).Rules;
        if (session.DamagedBlocks is [DamagedBlock damaged, ..])
            throw new InvalidDataException(damaged.Reason);
        return new RecordedSession(
            name,
            session.Hosts.Where(host => host.Addresses.Count > 0).DistinctBy(host => host.Name)
                .ToDictionary(host => host.Name, host => host.Addresses[0]),
            [.. readers.Values.SelectMany(reader => reader.Read().Events)],
            rules);
    }

    private static IEnumerable<RecordedControlMessage> Messages(Block block)
    {
        for (ReadOnlyMemory<byte> left = block.Payload; !left.IsEmpty;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(left.Span[LengthOffset..]);
            yield return new RecordedControlMessage(
                BinaryPrimitives.ReadInt64LittleEndian(left.Span),
                BinaryPrimitives.ReadUInt64LittleEndian(left.Span[DpidOffset..]),
                (ControlDirection)left.Span[DirectionOffset],
                left.Slice(HeaderBytes, length));
            left = left[(HeaderBytes + length)..];
        }
    }
}
