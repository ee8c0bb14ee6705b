using System.Buffers.Binary;

namespace STrace.OpenFlow;

/// <summary>Messages as text for people, in the words of <c>ovs-ofctl ofp-print</c>; packets by their headers, as tcpdump does.</summary>
public static class OpenFlowText
{
    private const int BitmapElementType = 1; // OFPHET_VERSIONBITMAP of 1.3: type, length, bits
    private const int BitmapElementLength = 8;

    /// <summary>One line, or several where there is a list or a payload; without a line end behind the last.</summary>
    public static string Of(OpenFlowMessage message) => Of(message, withRequest: true);

    /// <summary>Bytes that are no message: sixteen a line, with their offset and as ASCII.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes) => HexDump.Of(bytes);

    /// <summary>The text without the request that an ERROR carries: that may be an ERROR again, and so on.</summary>
    internal static string Of(OpenFlowMessage message, bool withRequest)
    {
        ArgumentNullException.ThrowIfNull(message);
        return $"{MessageName.Of(message)} (xid=0x{message.Xid:x}):{Body(message, withRequest)}";
    }

    private static string Body(OpenFlowMessage message, bool withRequest) => message switch
    {
        HelloMessage hello => "\n version bitmap: " + string.Join(", ", Versions(hello).Select(version => $"0x{version:x2}")),
        ErrorMessage error => ErrorText.Of(error, withRequest),
        EchoRequestMessage echo => Echo(echo.Data),
        EchoReplyMessage echo => Echo(echo.Data),
        VendorMessage vendor => NiciraText.Of(vendor),
        FeaturesReplyMessage features => PortText.Features(features),
        GetConfigReplyMessage config => $" {Fragments(config.Fragments)} miss_send_len={config.MissSendLength}",
        SetConfigMessage config => $" {Fragments(config.Fragments)} miss_send_len={config.MissSendLength}",
        PacketInMessage packet => PacketIn(packet),
        FlowRemovedMessage removed => FlowText.Removed(removed),
        PortStatusMessage status => $" {Reason(status.Reason)}:{PortText.Of(status.Port)}",
        PacketOutMessage packet => PacketOut(packet),
        FlowModMessage flow => FlowText.Mod(flow),
        PortModMessage port => PortText.Mod(port),
        StatsRequestMessage stats => StatsText.Request(stats.Body) + (stats.Flags == 0 ? "" : $" flags=0x{stats.Flags:x4}"),
        StatsReplyMessage stats => StatsText.Reply(stats),
        QueueGetConfigRequestMessage queues => $" port={PortNumber.Format(queues.Port)}",
        QueueGetConfigReplyMessage queues => PortText.Queues(queues),
        _ => "",
    };

    internal static string Payload(ReadOnlyMemory<byte> frame) => frame.IsEmpty ? "" : "\n" + PacketText.Of(frame.Span);

    internal static string Arrival(ushort totalLength, string inPort, PacketInReason reason, int length, uint bufferId)
    {
        var text = $" total_len={totalLength} in_port={inPort} (via {Reason(reason)}) data_len={length}";
        return bufferId == OpenFlowConstants.NoBuffer
            ? text + " (unbuffered)" + (totalLength == length ? "" : " (***total_len != data_len***)")
            : text + $" buffer=0x{bufferId:x8}" + (totalLength >= length ? "" : " (***total_len < data_len***)");
    }

    private static string PacketIn(PacketInMessage packet) =>
        Arrival(packet.TotalLength, PortNumber.Format(packet.InPort), packet.Reason, packet.Data.Length, packet.BufferId)
        + Payload(packet.Data);

    private static string PacketOut(PacketOutMessage packet)
    {
        var text = $" in_port={PortNumber.Format(packet.InPort)} actions={FlowText.Actions(packet.Actions)}";
        if (packet.BufferId != OpenFlowConstants.NoBuffer)
            text += $" buffer=0x{packet.BufferId:x8}";
        else
            text += $" data_len={packet.Data.Length}";
        return text + Payload(packet.Data);
    }

    private static string Echo(ReadOnlyMemory<byte> data) => $" {data.Length} bytes of payload{HexDump.Lines(data.Span)}";

    private static string Reason(PacketInReason reason) => reason switch
    {
        PacketInReason.NoMatch => "no_match",
        PacketInReason.Action => "action",
        (PacketInReason)2 => "invalid_ttl", // Open vSwitch's own, where it was asked to
        _ => $"{(byte)reason}",
    };

    private static string Reason(PortStatusReason reason) => reason switch
    {
        PortStatusReason.Add => "ADD",
        PortStatusReason.Delete => "DEL",
        PortStatusReason.Modify => "MOD",
        _ => $"reason {(byte)reason}",
    };

    private static string Fragments(FragmentHandling handling)
    {
        const int invalidTtl = 4; // Open vSwitch's OFPC_INVALID_TTL_TO_CONTROLLER
        var word = (handling & FragmentHandling.Mask) switch
        {
            FragmentHandling.Normal => "normal",
            FragmentHandling.Drop => "drop",
            FragmentHandling.Reassemble => "reassemble",
            _ => "nx-match",
        };
        var others = (int)handling & ~((int)FragmentHandling.Mask | invalidTtl);
        return $"frags={word}{(((int)handling & invalidTtl) == 0 ? "" : " invalid_ttl_to_controller")}{(others == 0 ? "" : $" flags=0x{others:x}")}";
    }

    /// <summary>The versions that a HELLO offers: those of its bitmap, else all up to the one in its header.</summary>
    private static IEnumerable<int> Versions(HelloMessage hello)
    {
        var body = hello.Body.Span;
        if (body.Length >= BitmapElementLength && BinaryPrimitives.ReadUInt16BigEndian(body) == BitmapElementType)
        {
            var bitmap = BinaryPrimitives.ReadUInt32BigEndian(body[4..]);
            return Enumerable.Range(0, 32).Where(version => (bitmap >> version & 1) != 0);
        }
        return Enumerable.Range(1, hello.Version);
    }
}
