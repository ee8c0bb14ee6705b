using System.Collections;
using System.Globalization;

namespace STrace.OpenFlow.Tests;

/// <summary>All public properties of an object down to its leaves, with the lists and payloads that record equality leaves out.</summary>
internal static class ObjectText
{
    public static string Of(object? value) => value switch
    {
        ReadOnlyMemory<byte> bytes => Convert.ToHexStringLower(bytes.Span),
        null or IConvertible or Match or MacAddress or Ipv4Address => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        IEnumerable list => $"[{string.Join("; ", list.Cast<object>().Select(Of))}]",
        _ => $"{value.GetType().Name}({string.Join("; ", Properties(value))})",
    };

    private static IEnumerable<string> Properties(object value) =>
        value.GetType().GetProperties().Select(property => $"{property.Name}={Of(property.GetValue(value))}");
}
