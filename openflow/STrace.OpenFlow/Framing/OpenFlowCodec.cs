using System.Buffers;

namespace STrace.OpenFlow;

/// <summary>
/// Bytes to messages and back. Whatever <see cref="Decode"/> accepts, <see cref="Encode(OpenFlowMessage)"/> gives back byte for
/// byte: values without a name, garbage in wildcarded match fields and odd padding are kept; what does not fit the layout is refused.
/// </summary>
public static class OpenFlowCodec
{
    /// <summary>Decodes one whole message, as <see cref="OpenFlowFraming"/> cuts it. Copies payloads: the frame may be reused.</summary>
    /// <exception cref="OpenFlowProtocolException">The bytes are not one whole OpenFlow 1.0 message. Nothing else is thrown.</exception>
    public static OpenFlowMessage Decode(ReadOnlySpan<byte> frame)
    {
        if (!OpenFlowFraming.TryReadFrame(frame, out var length))
            throw new OpenFlowProtocolException($"the frame ends after {frame.Length} bytes, before its message does", frame.Length);
        if (length != frame.Length)
            throw new OpenFlowProtocolException($"{length} bytes announced, the frame has {frame.Length}", OpenFlowFraming.LengthOffset);

        var version = frame[0];
        var type = (MessageType)frame[OpenFlowFraming.TypeOffset];
        if (version != OpenFlowConstants.Version && type != MessageType.Hello)
            throw new OpenFlowProtocolException($"version {version}, only {OpenFlowConstants.Version} is spoken here", 0, type);

        var reader = new WireReader(frame, type);
        var message = ReadBody(ref reader, type, version);
        reader.ExpectEnd();
        var padding = reader.OddPadding;
        return padding.IsEmpty ? message : message with { Padding = padding };
    }

    /// <summary>Encodes a message with its header.</summary>
    /// <exception cref="ArgumentException">A text or list in the message is too long for its field or for the message.</exception>
    public static byte[] Encode(OpenFlowMessage message)
    {
        using var writer = Write(message);
        return writer.Written.ToArray();
    }

    /// <inheritdoc cref="Encode(OpenFlowMessage)"/>
    public static void Encode(OpenFlowMessage message, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        using var writer = Write(message);
        output.Write(writer.Written);
    }

    private static WireWriter Write(OpenFlowMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var writer = new WireWriter(message.Padding);
        writer.WriteByte(message is HelloMessage hello ? hello.Version : OpenFlowConstants.Version);
        writer.WriteByte((byte)message.Type);
        writer.WriteUInt16(0);
        writer.WriteUInt32(message.Xid);
        message.Write(writer);
        writer.PatchUInt16(OpenFlowFraming.LengthOffset, writer.Position);
        return writer;
    }

    private static OpenFlowMessage ReadBody(ref WireReader reader, MessageType type, byte version) => type switch
    {
        MessageType.Hello => HelloMessage.Read(ref reader, version),
        MessageType.Error => ErrorMessage.Read(ref reader),
        MessageType.EchoRequest => EchoRequestMessage.Read(ref reader),
        MessageType.EchoReply => EchoReplyMessage.Read(ref reader),
        MessageType.Vendor => VendorMessage.Read(ref reader),
        MessageType.FeaturesRequest => FeaturesRequestMessage.Read(ref reader),
        MessageType.FeaturesReply => FeaturesReplyMessage.Read(ref reader),
        MessageType.GetConfigRequest => GetConfigRequestMessage.Read(ref reader),
        MessageType.GetConfigReply => GetConfigReplyMessage.Read(ref reader),
        MessageType.SetConfig => SetConfigMessage.Read(ref reader),
        MessageType.PacketIn => PacketInMessage.Read(ref reader),
        MessageType.FlowRemoved => FlowRemovedMessage.Read(ref reader),
        MessageType.PortStatus => PortStatusMessage.Read(ref reader),
        MessageType.PacketOut => PacketOutMessage.Read(ref reader),
        MessageType.FlowMod => FlowModMessage.Read(ref reader),
        MessageType.PortMod => PortModMessage.Read(ref reader),
        MessageType.StatsRequest => StatsRequestMessage.Read(ref reader),
        MessageType.StatsReply => StatsReplyMessage.Read(ref reader),
        MessageType.BarrierRequest => BarrierRequestMessage.Read(ref reader),
        MessageType.BarrierReply => BarrierReplyMessage.Read(ref reader),
        MessageType.QueueGetConfigRequest => QueueGetConfigRequestMessage.Read(ref reader),
        MessageType.QueueGetConfigReply => QueueGetConfigReplyMessage.Read(ref reader),
        _ => throw new OpenFlowProtocolException($"unknown message type {(byte)type}", OpenFlowFraming.TypeOffset),
    };
}
