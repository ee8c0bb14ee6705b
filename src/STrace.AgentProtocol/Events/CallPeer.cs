using System.Buffers.Binary;
using System.Text;
using STrace.Model;

namespace STrace.AgentProtocol;

/// <summary>struct st_peer, and the path of a Unix socket behind it; or what else a call's continuations name.</summary>
internal readonly record struct CallPeer(Endpoint? Address, string? Path)
{
    private const int PortOffset = 16;
    private const int FamilyOffset = 18;
    private const int Bytes = 20;
    private const ushort FamilyUnix = 1;

    /// <param name="group">The call and its continuations.</param>
    public static CallPeer Read(in CallRecord call, ReadOnlySpan<byte> group)
    {
        if (group.Length == WireRecord.Bytes)
            return default;
        ReadOnlySpan<byte> more = ContinuationRecord.Join(group, stackalloc byte[ContinuationRecord.LongestBytes]);
        if ((call.Flags & WireRecord.CallPeerFlag) == 0)
            return new CallPeer(null, Text(more));
        if (more.Length < Bytes)
            return default;
        if (BinaryPrimitives.ReadUInt16LittleEndian(more[FamilyOffset..]) == FamilyUnix)
            return new CallPeer(null, Text(more[Bytes..]));
        ushort port = BinaryPrimitives.ReadUInt16LittleEndian(more[PortOffset..]);
        return new CallPeer(new Endpoint(IpAddress.FromBytes(more[..PortOffset]), port), null);
    }

    private static string? Text(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? null : Encoding.UTF8.GetString(bytes);
}
