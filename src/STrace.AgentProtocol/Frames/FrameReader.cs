using System.Buffers.Binary;
using System.Text;
using STrace.Model;

namespace STrace.AgentProtocol;

/// <summary>Takes the fields of a frame in order; every step checks that its bytes are there.</summary>
internal struct FrameReader(ReadOnlyMemory<byte> frame)
{
    private ReadOnlyMemory<byte> _rest = frame;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];
    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));
    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));
    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));
    public Guid Guid() => new(Take(16));
    public string Text() => Encoding.UTF8.GetString(Take(UInt16()));

    public IReadOnlyList<IpAddress> Addresses()
    {
        var addresses = new IpAddress[Byte()];
        for (int i = 0; i < addresses.Length; i++)
            addresses[i] = Address();
        return addresses;
    }

    public IpAddress Address() => IpAddress.FromBytes(Take(16));

    public IReadOnlyList<DatastorePort> Ports()
    {
        var ports = new DatastorePort[UInt16()];
        for (int i = 0; i < ports.Length; i++)
            ports[i] = new DatastorePort((ulong)Int64(), UInt16(), Text());
        return ports;
    }

    public ReadOnlyMemory<byte> Rest()
    {
        ReadOnlyMemory<byte> rest = _rest;
        _rest = default;
        return rest;
    }

    public readonly void ExpectEnd(FrameType type)
    {
        if (!_rest.IsEmpty)
            throw new AgentProtocolException($"{type} frame has {_rest.Length} bytes too many");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_rest.Length < count)
            throw new AgentProtocolException($"frame ends {count - _rest.Length} bytes too early");
        ReadOnlySpan<byte> taken = _rest.Span[..count];
        _rest = _rest[count..];
        return taken;
    }
}
