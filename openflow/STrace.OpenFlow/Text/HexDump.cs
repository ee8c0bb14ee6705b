using System.Text;

namespace STrace.OpenFlow;

/// <summary>Bytes, sixteen a line, with their offset and as ASCII.</summary>
internal static class HexDump
{
    private const int BytesInLine = 16;
    private const int Middle = 8;

    /// <summary>Nothing for no bytes, else the lines with a line end before the first.</summary>
    public static string Lines(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? "" : "\n" + Of(bytes);

    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        for (var start = 0; start < bytes.Length; start += BytesInLine)
        {
            var line = bytes.Slice(start, Math.Min(BytesInLine, bytes.Length - start));
            text.Append(start == 0 ? "" : "\n").Append($"{start:x8} ");
            for (var i = 0; i < BytesInLine; i++)
            {
                text.Append(i == Middle && line.Length >= Middle ? '-' : ' ');
                text.Append(i < line.Length ? $"{line[i]:x2}" : "  ");
            }
            text.Append(" |");
            for (var i = 0; i < BytesInLine; i++)
                text.Append(i >= line.Length ? ' ' : line[i] is >= 0x20 and < 0x7f ? (char)line[i] : '.');
            text.Append('|');
        }
        return text.ToString();
    }
}
