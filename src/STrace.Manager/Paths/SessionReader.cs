using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;
using STrace.Control;
using STrace.Correlation;
using STrace.Model;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>Reads a session back into what the correlator asks for. What is damaged is left out and told, never fatal.</summary>
internal sealed class SessionReader(ILogger<SessionReader> logger)
{
    public CorrelationInput Read(string name, ISession session)
    {
        var readers = new Dictionary<(string Host, Guid Agent), HostEventReader>();
        foreach (Block block in session.ReadBlocks(BlockKind.Objects).Concat(session.ReadBlocks(BlockKind.Events)))
        {
            var key = (block.Header.Source, block.Header.Agent);
            if (!readers.TryGetValue(key, out HostEventReader? reader))
                readers[key] = reader = new HostEventReader(key.Source, key.Agent);
            Use(name, block, _ => reader.Add(block.Payload));
        }

        var parts = readers.Values.Select(r => r.Read()).ToList();
        RecordedControlMessage[] messages = [.. Messages(name, session)];
        var events = new List<HostEvent>(parts.Sum(p => p.Events.Count));
        foreach (HostRecords part in parts)
            events.AddRange(part.Events);
        IReadOnlyList<RewriteRule> rules = [.. RewriteRuleReader.Read(messages).Rules, .. DerivedRewrites.Load(session)];
        foreach (DamagedBlock damaged in session.DamagedBlocks)
            LogMessages.DamagedBlock(logger, name, damaged.Source, damaged.Reason);

        return new CorrelationInput(
            name,
            HostAddresses(session.Hosts),
            events,
            [.. parts.SelectMany(p => p.Threads)],
            [.. parts.SelectMany(p => p.Losses)],
            rules)
        {
            Packets = Packets(name, session),
            Network = NetworkHistoryReader.Read(messages),
            ClockReadings = [.. ClockReader.Read(session)],
            DeclaredSends = [.. parts.SelectMany(p => p.Sends)],
        };
    }

    /// <summary>The frames that datastores received, switch by switch in the order of time.</summary>
    public IEnumerable<MirroredFrame> Frames(string name, ISession session)
    {
        var frames = new List<MirroredFrame>();
        foreach (Block block in session.ReadBlocks(BlockKind.Frames))
        {
            Use(name, block, payload =>
            {
                while (FrameRecord.TryRead(ref payload, out FrameRecord record))
                    frames.Add(new MirroredFrame(record.TimeNs, record.Dpid, record.Frame.ToArray()));
            });
        }
        return frames;
    }

    /// <summary>The headers that hosts' sniffers saw.</summary>
    public List<CapturedPacket> Packets(string name, ISession session)
    {
        var packets = new List<CapturedPacket>();
        foreach (Block block in session.ReadBlocks(BlockKind.Packets))
            Use(name, block, payload => PacketReader.Read(block.Header.Source, payload, packets.Add));
        return packets;
    }

    private delegate void PayloadReader(ReadOnlySpan<byte> payload);

    /// <summary>A block that cannot be read to its end costs the rest of itself.</summary>
    private void Use(string name, Block block, PayloadReader read)
    {
        try
        {
            read(block.Payload);
        }
        catch (AgentProtocolException e)
        {
            LogMessages.DamagedBlock(logger, name, block.Header.Source, e.Message);
        }
    }

    /// <summary>The control messages of a session in the order in which they were recorded.</summary>
    public IEnumerable<RecordedControlMessage> Messages(string name, ISession session)
    {
        foreach (Block block in session.ReadBlocks(BlockKind.Control))
        {
            using IEnumerator<RecordedControlMessage> messages = ControlLogFormat.Read(block.Payload).GetEnumerator();
            while (Next(name, messages))
                yield return messages.Current;
        }
    }

    private bool Next(string name, IEnumerator<RecordedControlMessage> messages)
    {
        try
        {
            return messages.MoveNext();
        }
        catch (InvalidDataException e)
        {
            LogMessages.DamagedBlock(logger, name, ControlRecorder.Source, e.Message);
            return false;
        }
    }

    /// <summary>Each host's own address, where it told one.</summary>
    public static IReadOnlyDictionary<string, IpAddress> HostAddresses(IEnumerable<SessionHost> hosts)
    {
        var addresses = new Dictionary<string, IpAddress>();
        foreach (SessionHost host in hosts)
        {
            if (host.Addresses.Count > 0 && IpAddress.TryParse(host.Addresses[0], out IpAddress address))
                addresses[host.Name] = address;
        }
        return addresses;
    }
}
