using System.Globalization;
using System.Text.Json;

namespace STrace.Export;

/// <summary>What the JSON writers share: values in the format's spelling, and arrays.</summary>
internal static class JsonText
{
    public static string Ns(long ns) => ns.ToString(CultureInfo.InvariantCulture);

    /// <summary>ThreadStart becomes thread-start.</summary>
    public static string Kebab<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    public static void WriteArray<T>(this Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<T> writeItem)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
            writeItem(item);
        json.WriteEndArray();
    }

    public static void WriteStrings(this Utf8JsonWriter json, string name, IReadOnlyList<string> items) =>
        json.WriteArray(name, items, json.WriteStringValue);

    /// <param name="writeFields">Writes the fields of one object.</param>
    public static void WriteObjects<T>(this Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<T> writeFields) =>
        json.WriteArray(name, items, item =>
        {
            json.WriteStartObject();
            writeFields(item);
            json.WriteEndObject();
        });
}
