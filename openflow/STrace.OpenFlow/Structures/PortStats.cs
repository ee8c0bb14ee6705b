namespace STrace.OpenFlow;

/// <summary>A port and its counters (<c>ofp_port_stats</c>, section 5.3.5). A counter that the switch does not keep is all ones.</summary>
public sealed record PortStats
{
    //  0         2     8            16           24         32         40           48           56          64          72
    // +---------+-----+------------+------------+----------+----------+------------+------------+-----------+-----------+
    // | port_no | pad | rx_packets | tx_packets | rx_bytes | tx_bytes | rx_dropped | tx_dropped | rx_errors | tx_errors |
    // +---------+----++------------+-+----------+-+--------+---+------+------------+------------+-----------+-----------+
    // | rx_frame_err | rx_over_err | rx_crc_err | collisions |
    // +--------------+-------------+------------+------------+
    //  72             80            88           96           104
    private const int PaddingLength = 6;

    /// <summary>Its number.</summary>
    public ushort Port { get; init; }

    /// <summary>Packets that came in.</summary>
    public ulong ReceivedPackets { get; init; }

    /// <summary>Packets that went out.</summary>
    public ulong SentPackets { get; init; }

    /// <summary>Bytes that came in.</summary>
    public ulong ReceivedBytes { get; init; }

    /// <summary>Bytes that went out.</summary>
    public ulong SentBytes { get; init; }

    /// <summary>Packets dropped coming in.</summary>
    public ulong ReceiveDropped { get; init; }

    /// <summary>Packets dropped going out.</summary>
    public ulong SendDropped { get; init; }

    /// <summary>Errors coming in, of which the next three are kinds.</summary>
    public ulong ReceiveErrors { get; init; }

    /// <summary>Errors going out.</summary>
    public ulong SendErrors { get; init; }

    /// <summary>Frame alignment errors.</summary>
    public ulong ReceiveFrameErrors { get; init; }

    /// <summary>Overruns.</summary>
    public ulong ReceiveOverruns { get; init; }

    /// <summary>CRC errors.</summary>
    public ulong ReceiveCrcErrors { get; init; }

    /// <summary>Collisions.</summary>
    public ulong Collisions { get; init; }

    internal static PortStats Read(ref WireReader reader)
    {
        var port = reader.ReadUInt16();
        reader.ReadPadding(PaddingLength);
        return new PortStats
        {
            Port = port,
            ReceivedPackets = reader.ReadUInt64(),
            SentPackets = reader.ReadUInt64(),
            ReceivedBytes = reader.ReadUInt64(),
            SentBytes = reader.ReadUInt64(),
            ReceiveDropped = reader.ReadUInt64(),
            SendDropped = reader.ReadUInt64(),
            ReceiveErrors = reader.ReadUInt64(),
            SendErrors = reader.ReadUInt64(),
            ReceiveFrameErrors = reader.ReadUInt64(),
            ReceiveOverruns = reader.ReadUInt64(),
            ReceiveCrcErrors = reader.ReadUInt64(),
            Collisions = reader.ReadUInt64(),
        };
    }

    internal void Write(WireWriter writer)
    {
        writer.WriteUInt16(Port);
        writer.WritePadding(PaddingLength);
        writer.WriteUInt64(ReceivedPackets);
        writer.WriteUInt64(SentPackets);
        writer.WriteUInt64(ReceivedBytes);
        writer.WriteUInt64(SentBytes);
        writer.WriteUInt64(ReceiveDropped);
        writer.WriteUInt64(SendDropped);
        writer.WriteUInt64(ReceiveErrors);
        writer.WriteUInt64(SendErrors);
        writer.WriteUInt64(ReceiveFrameErrors);
        writer.WriteUInt64(ReceiveOverruns);
        writer.WriteUInt64(ReceiveCrcErrors);
        writer.WriteUInt64(Collisions);
    }
}
