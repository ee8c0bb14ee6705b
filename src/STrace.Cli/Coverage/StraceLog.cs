using System.Globalization;
using System.Text.RegularExpressions;

namespace STrace.Cli;

/// <summary>
/// Reads what <c>strace -ff -k --absolute-timestamps=unix,ns</c> wrote of one thread:
/// <code>
/// 1795368735.896836173 read(3&lt;/etc/hosts&gt;, "127"..., 4096) = 27
///  > /usr/lib/x86_64-linux-gnu/libc.so.6(__read+0xd) [0xf82ad]
/// </code>
/// </summary>
internal static partial class StraceLog
{
    /// <summary>Calls in order; lines that tell of signals and exits are passed over.</summary>
    public static IReadOnlyList<SystemCall> Read(int tid, IEnumerable<string> lines)
    {
        var calls = new List<SystemCall>();
        List<StackFrame> stack = [];
        foreach (string line in lines)
        {
            if (line.StartsWith(" > ", StringComparison.Ordinal))
            {
                stack.Add(Frame(line[3..]));
            }
            else
            {
                stack = [];
                if (Call().Match(line) is { Success: true } call)
                {
                    calls.Add(new SystemCall(
                        tid, call.Groups["name"].Value, call.Groups["arguments"].Value, call.Groups["result"].Value.TrimEnd(),
                        Ns(call.Groups["time"].Value), stack));
                }
            }
        }
        return calls;
    }

    private static long Ns(string time)
    {
        string[] parts = time.Split('.');
        return long.Parse(parts[0], CultureInfo.InvariantCulture) * 1_000_000_000 + long.Parse(parts[1], CultureInfo.InvariantCulture);
    }

    private static StackFrame Frame(string text)
    {
        Match frame = FrameForm().Match(text);
        if (!frame.Success)
            return new StackFrame("", "", 0);
        ulong offset = Hex(frame.Groups["offset"].Value);
        return new StackFrame(frame.Groups["module"].Value, frame.Groups["function"].Value, Hex(frame.Groups["address"].Value) - offset);
    }

    private static ulong Hex(string text) => ulong.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong value) ? value : 0;

    // The last ") = " of the line: arguments may hold such text, results do not.
    [GeneratedRegex(@"^(?<time>\d+\.\d{9}) (?<name>\w+)\((?<arguments>.*?)(\)\s+= (?<result>(?!.*\)\s+= ).*)| <unfinished \.\.\.>.*)$")]
    private static partial Regex Call();

    [GeneratedRegex(@"^(?<module>.*?)\((?:(?<function>[^()+]+)\+0x(?<offset>[0-9a-f]+))?\) \[0x(?<address>[0-9a-f]+)\]$")]
    private static partial Regex FrameForm();
}
