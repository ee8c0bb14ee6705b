namespace STrace.OpenFlow;

/// <summary>A queue and its counters (<c>ofp_queue_stats</c>, section 5.3.5).</summary>
public sealed record QueueStats
{
    //  0         2     4          8          16           24          32
    // +---------+-----+----------+----------+------------+-----------+
    // | port_no | pad | queue_id | tx_bytes | tx_packets | tx_errors |
    // +---------+-----+----------+----------+------------+-----------+
    private const int PaddingLength = 2;

    /// <summary>Its port.</summary>
    public ushort Port { get; init; }

    /// <summary>Its number at the port.</summary>
    public uint QueueId { get; init; }

    /// <summary>Bytes that went out.</summary>
    public ulong SentBytes { get; init; }

    /// <summary>Packets that went out.</summary>
    public ulong SentPackets { get; init; }

    /// <summary>Packets dropped because it was full.</summary>
    public ulong SendErrors { get; init; }

    internal static QueueStats Read(ref WireReader reader)
    {
        var port = reader.ReadUInt16();
        reader.ReadPadding(PaddingLength);
        return new QueueStats
        {
            Port = port,
            QueueId = reader.ReadUInt32(),
            SentBytes = reader.ReadUInt64(),
            SentPackets = reader.ReadUInt64(),
            SendErrors = reader.ReadUInt64(),
        };
    }

    internal void Write(WireWriter writer)
    {
        writer.WriteUInt16(Port);
        writer.WritePadding(PaddingLength);
        writer.WriteUInt32(QueueId);
        writer.WriteUInt64(SentBytes);
        writer.WriteUInt64(SentPackets);
        writer.WriteUInt64(SendErrors);
    }
}
