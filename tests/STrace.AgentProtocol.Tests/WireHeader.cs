using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace STrace.AgentProtocol.Tests;

/// <summary>Reads native/include/strace_wire.h, so that .NET structs can be held against it; the agent's tests do it too.</summary>
internal static partial class WireHeader
{
    public static readonly string Text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "wire", "strace_wire.h"));

    /// <summary>The value of a #define or of an enumerator.</summary>
    public static long Constant(string name)
    {
        Match defined = Regex.Match(Text, $@"\b{name}\b\s*=?\s*(0x(?<hex>[0-9a-f]+)|(?<decimal>\d+))");
        Assert.True(defined.Success, $"{name} is not in the header");
        return defined.Groups["hex"] is { Success: true } hex ? Convert.ToInt64(hex.Value, 16) : long.Parse(defined.Groups["decimal"].Value);
    }

    /// <summary>Sizes of a struct's fields in bytes; a one-dimensional array counts as its elements.</summary>
    public static IEnumerable<int> NativeFieldSizes(string name)
    {
        string body = Regex.Match(Text, $@"struct {name} \{{(.*?)\n\}};", RegexOptions.Singleline).Groups[1].Value;
        foreach (Match field in Field().Matches(Regex.Replace(body, @"/\*.*?\*/", "", RegexOptions.Singleline)))
        {
            int bytes = field.Groups["type"].Value is "char" ? 1 : int.Parse(field.Groups["bits"].Value) / 8;
            int count = field.Groups["count"].Value switch
            {
                "" => 1,
                "ST_CONT_BYTES" => ContinuationRecord.DataBytes,
                var number => int.Parse(number),
            };
            for (int i = 0; i < count; i++)
                yield return bytes;
        }
    }

    public static IEnumerable<int> ManagedFieldSizes(Type type) => type.GetFields().Where(f => !f.IsStatic).SelectMany(f =>
        f.GetCustomAttributes(typeof(FixedBufferAttribute), false) is [FixedBufferAttribute buffer]
            ? Enumerable.Repeat(Marshal.SizeOf(buffer.ElementType), buffer.Length)
            : [Marshal.SizeOf(f.FieldType)]);

    [GeneratedRegex(@"(?<type>char|u?int(?<bits>\d+)_t)\s+\w+(\[(?<count>\w+)\])?;")]
    private static partial Regex Field();
}
