using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using STrace.Model;

namespace STrace.AgentProtocol;

/// <summary>Builds one frame, length first, or a block's payload; the mirror of <see cref="FrameReader"/>.</summary>
internal sealed class FrameWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>Fields alone: a payload.</summary>
    public FrameWriter()
    {
    }

    public FrameWriter(FrameType type)
    {
        Take(FrameCodec.LengthBytes);
        Byte((byte)type);
    }

    public FrameWriter Byte(byte value)
    {
        Take(1)[0] = value;
        return this;
    }

    public FrameWriter UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Take(2), value);
        return this;
    }

    public FrameWriter Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);
        return this;
    }

    public FrameWriter Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);
        return this;
    }

    public FrameWriter Guid(Guid value)
    {
        value.TryWriteBytes(Take(16));
        return this;
    }

    public FrameWriter Text(string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        return UInt16(checked((ushort)bytes.Length)).Bytes(bytes);
    }

    public FrameWriter Addresses(IReadOnlyList<IpAddress> addresses)
    {
        Take(1)[0] = checked((byte)addresses.Count);
        foreach (IpAddress address in addresses)
            Address(address);
        return this;
    }

    public FrameWriter Address(IpAddress address)
    {
        BinaryPrimitives.WriteUInt128BigEndian(Take(16), address.Bits);
        return this;
    }

    public FrameWriter Ports(IReadOnlyList<DatastorePort> ports)
    {
        UInt16(checked((ushort)ports.Count));
        foreach (DatastorePort port in ports)
            Int64((long)port.Dpid).UInt16(port.Port).Text(port.Interface);
        return this;
    }

    public FrameWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        _buffer.Write(bytes);
        return this;
    }

    public byte[] ToPayload() => _buffer.WrittenSpan.ToArray();

    public byte[] ToFrame()
    {
        byte[] frame = ToPayload();
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)(frame.Length - FrameCodec.LengthBytes));
        return frame;
    }

    private Span<byte> Take(int count)
    {
        Span<byte> span = _buffer.GetSpan(count)[..count];
        _buffer.Advance(count);
        return span;
    }
}
