namespace STrace.Model;

public enum MessageProtocol : byte
{
    None = 0,
    Http1 = 1,
    Http2 = 2,
    FastCgi = 3,
    Ajp = 4,
    MySql = 5,
    PostgreSql = 6,
    Resp = 7,
    Memcached = 8,
    Dns = 9,
}

[Flags]
public enum MarkTraits : ushort
{
    None = 0,

    /// <summary>The message's first byte is among the call's.</summary>
    Start = 0x10,

    /// <summary>The message's last byte is among the call's.</summary>
    End = 0x20,

    /// <summary>A message that is neither this nor <see cref="Response"/> is a greeting, a setting, a notification.</summary>
    Request = 0x40,
    Response = 0x80,

    /// <summary>The last message of its connection: the dissertation's "Argumento PP".</summary>
    Last = 0x100,

    /// <summary>From here on the connection speaks another protocol.</summary>
    Upgrade = 0x200,

    /// <summary>The first message after bytes that could not be followed.</summary>
    Resync = 0x400,
}

/// <summary>
/// What a protocol processor found in the bytes that a call moved: where a message begins and ends, and what tells it from
/// others. struct st_mark of native/include/strace_wire.h.
/// </summary>
/// <param name="StartOffset">Of the first byte in the call's bytes, when <see cref="MarkTraits.Start"/> is set.</param>
/// <param name="EndOffset">Behind the last byte, when <see cref="MarkTraits.End"/> is set.</param>
/// <param name="Stream">The message's own id on a multiplexed connection, else 0.</param>
/// <param name="LineHash">Witness of the request or status line, statement or command; 0 when not told.</param>
/// <param name="HeaderHashes">Witness: the smallest hashes of its header lines, ascending, at most four.</param>
/// <param name="BodyHash">Witness of the body; 0 when not all of it was seen.</param>
/// <param name="Code">A response's status, else 0.</param>
/// <param name="Count">Messages that the mark stands for; above 1 when they were too many for a mark each.</param>
/// <param name="Summary"><c>GET /cart</c>; null when none was asked for.</param>
public sealed record MessageMark(
    MessageProtocol Protocol, MarkTraits Traits, uint StartOffset, uint EndOffset, ulong Stream,
    ulong LineHash, IReadOnlyList<uint> HeaderHashes, ulong BodyHash, ushort Code, uint Count, string? Summary);
