using System.Text.Json;
using System.Text.Json.Serialization;

namespace STrace.Control;

/// <summary>One entry of <c>nat:</c> as an operator writes it.</summary>
/// <param name="Switch">Datapath id: up to 16 hex digits, with or without 0x or colons.</param>
/// <param name="Virtual"><c>IP</c>, <c>IP:PORT</c> or <c>IP:FIRST-LAST</c>, what clients call.</param>
/// <param name="Real">The same of who serves; in JSON one text, or a list of them.</param>
public sealed record NatEntryOptions(
    string? Switch, string? Virtual, [property: JsonConverter(typeof(OneOrMoreTexts))] params string?[]? Real);

/// <summary>A text, or a list of texts.</summary>
internal sealed class OneOrMoreTexts : JsonConverter<string?[]>
{
    public override string?[]? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.StartArray
            ? JsonSerializer.Deserialize<List<string?>>(ref reader, options)?.ToArray()
            : [JsonSerializer.Deserialize<string?>(ref reader, options)];

    public override void Write(Utf8JsonWriter writer, string?[] value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize<IEnumerable<string?>>(writer, value, options);
}
