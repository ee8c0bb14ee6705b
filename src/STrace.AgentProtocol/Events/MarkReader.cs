using System.Text;
using STrace.Model;

namespace STrace.AgentProtocol;

internal static class MarkReader
{
    public static unsafe MessageMark Read(in MarkRecord record, ReadOnlySpan<byte> summary)
    {
        var headers = new List<uint>(MarkRecord.HeaderHashes);
        for (int i = 0; i < MarkRecord.HeaderHashes && record.Headers[i] != 0; i++)
            headers.Add(record.Headers[i]);
        return new MessageMark(
            (MessageProtocol)record.Protocol, (MarkTraits)(record.Flags & ~WireRecord.ContinuationMask), record.Start, record.Offset,
            record.Stream, record.Line, headers, record.Body, record.Code, record.Count,
            summary.IsEmpty ? null : Encoding.UTF8.GetString(summary));
    }
}
