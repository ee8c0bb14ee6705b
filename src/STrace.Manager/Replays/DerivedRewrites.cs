using System.Text.Json;
using System.Text.Json.Serialization;
using STrace.Model;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>The rules that the last replay of a session found, kept with the session; a replay makes them again at any time.</summary>
internal static class DerivedRewrites
{
    private const string Kind = "rewrites";
    private const string Key = "replay";

    private static readonly JsonSerializerOptions Json = new() { Converters = { new IpAddressConverter() } };

    public static void Save(ISession session, IReadOnlyList<RewriteRule> rules) =>
        session.SaveDerived(Kind, Key, JsonSerializer.SerializeToUtf8Bytes(rules, Json));

    /// <summary>Empty when the session has not been replayed.</summary>
    public static IReadOnlyList<RewriteRule> Load(ISession session) =>
        session.LoadDerived(Kind, Key) is { } saved ? JsonSerializer.Deserialize<List<RewriteRule>>(saved, Json)! : [];

    private sealed class IpAddressConverter : JsonConverter<IpAddress>
    {
        public override IpAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            IpAddress.Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, IpAddress value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
