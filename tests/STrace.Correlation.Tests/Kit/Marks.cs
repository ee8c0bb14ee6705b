using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>What a protocol processor tells of whole messages.</summary>
internal static class Marks
{
    public static MessageMark Question(
        uint from, uint to, ulong line = 0, ulong stream = 0, MessageProtocol protocol = MessageProtocol.Http1) =>
        new(protocol, MarkTraits.Request | MarkTraits.Start | MarkTraits.End, from, to, stream, line, [], 0, 0, 1, null);

    public static MessageMark Answer(
        uint from, uint to, ulong stream = 0, ushort code = 200, MessageProtocol protocol = MessageProtocol.Http1) =>
        new(protocol, MarkTraits.Response | MarkTraits.Start | MarkTraits.End, from, to, stream, 0, [], 0, code, 1, null);
}
