using System.Text.Json;
using System.Text.Json.Serialization;

namespace STrace.Control;

/// <summary>One entry of <c>nat:</c> as an operator writes it.</summary>
/// <param name="Switch">Datapath id: up to 16 hex digits, with or without 0x or colons.</param>
/// <param name="Virtual"><c>IP</c>, <c>IP:PORT</c> or <c>IP:FIRST-LAST</c>, what clients call.</param>
/// <param name="Real">The same of who serves; in JSON one text, or a list of them.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NatEntryOptions(
    string? Switch, string? Virtual, [property: JsonConverter(typeof(OneOrMoreTexts))] params string?[]? Real);

/// <summary>A text, or a list of texts.</summary>
internal sealed class OneOrMoreTexts : JsonConverter<string?[]>
{
    public override string?[]? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return [Text(reader)];
        var texts = new List<string?>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            texts.Add(Text(reader));
        return [.. texts];
    }

    // The exception gets the place from who called.
    private static string? Text(in Utf8JsonReader reader) => reader.TokenType is JsonTokenType.String or JsonTokenType.Null
        ? reader.GetString()
        : throw new JsonException("a text is needed, or a list of texts");

    public override void Write(Utf8JsonWriter writer, string?[] value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize<IEnumerable<string?>>(writer, value, options);
}
