using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;

namespace STrace.OpenFlow.Tests;

/// <summary>Reads <c>Body.Entries[0].Match</c> off an object, as the text that golden vectors write.</summary>
internal static partial class PropertyPath
{
    public static string Read(object root, string path)
    {
        object? value = root;
        foreach (var part in Part().Matches(path).Select(match => match.Value))
        {
            value = value is IList list && int.TryParse(part, out var index)
                ? list[index]
                : value!.GetType().GetProperty(part)?.GetValue(value);
            if (value is null)
                throw new ArgumentException($"{root.GetType().Name} has no {part} of {path}");
        }
        return Format(value);
    }

    private static string Format(object? value) => value switch
    {
        ReadOnlyMemory<byte> bytes => Convert.ToHexStringLower(bytes.Span),
        IEnumerable<OpenFlowAction> actions => string.Join(',', actions),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    [GeneratedRegex(@"\w+")]
    private static partial Regex Part();
}
