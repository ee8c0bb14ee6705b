using System.Runtime.InteropServices;
using System.Text;
using STrace.Model;

namespace STrace.AgentProtocol;

internal static class MarkReader
{
    /// <param name="group">A MARK record and its continuations.</param>
    public static unsafe MessageMark Read(ReadOnlySpan<byte> group)
    {
        ref readonly MarkRecord record = ref MemoryMarshal.AsRef<MarkRecord>(group);
        int count = 0;
        while (count < MarkRecord.HeaderHashes && record.Headers[count] != 0)
            count++;
        uint[] headers = count == 0 ? [] : new uint[count];
        for (int i = 0; i < count; i++)
            headers[i] = record.Headers[i];
        return new MessageMark(
            (MessageProtocol)record.Protocol, (MarkTraits)(record.Flags & ~WireRecord.ContinuationMask), record.Start, record.Offset,
            record.Stream, record.Line, headers, record.Body, record.Code, record.Count,
            group.Length == WireRecord.Bytes ? null : Summary(group));
    }

    private static string? Summary(ReadOnlySpan<byte> group)
    {
        ReadOnlySpan<byte> text = ContinuationRecord.Join(group, stackalloc byte[ContinuationRecord.LongestBytes]);
        return text.IsEmpty ? null : Encoding.UTF8.GetString(text);
    }
}
