using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using STrace.Control;
using STrace.OpenFlow;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>The control messages of a session, in words.</summary>
internal static class MessageEndpoints
{
    /// <summary>Which messages are asked for; what is null leaves out none.</summary>
    /// <param name="Switch">A dpid, in hex digits.</param>
    /// <param name="Type">Names such as <c>flow_mod</c>, with commas between them.</param>
    private sealed record Question(string? Switch, string? Type, long? FromNs, long? UntilNs);

    public static void MapMessages(this IEndpointRouteBuilder api) =>
        api.MapGet("/sessions/{name}/messages", (
            string name, string? @switch, string? type, long? from, long? until, int? limit, ISessionStore store, SessionReader reader) =>
            Ask(reader.Messages(name, store.Open(name)), new Question(@switch, type, from, until)).Take(limit ?? int.MaxValue).Select(Describe));

    private static IEnumerable<RecordedControlMessage> Ask(IEnumerable<RecordedControlMessage> messages, Question question)
    {
        ulong? dpid = question.Switch is { } text ? Dpid(text) : null;
        HashSet<byte>? types = question.Type is { } names ? [.. names.Split(',').Select(Type)] : null;
        return messages.Where(m =>
            (dpid is null || m.Dpid == dpid) &&
            (types is null || types.Contains(TypeOf(m))) &&
            (question.FromNs is null || m.TimeNs >= question.FromNs) &&
            (question.UntilNs is null || m.TimeNs <= question.UntilNs));
    }

    private static ControlMessageInfo Describe(RecordedControlMessage message)
    {
        string text;
        uint xid = 0;
        try
        {
            OpenFlowMessage decoded = OpenFlowCodec.Decode(message.Frame.Span);
            (text, xid) = (OpenFlowText.Of(decoded), decoded.Xid);
        }
        catch (OpenFlowProtocolException e)
        {
            text = $"not a message of OpenFlow 1.0: {e.Message}\n{OpenFlowText.Hex(message.Frame.Span)}";
        }
        return new ControlMessageInfo(
            message.TimeNs.ToString(CultureInfo.InvariantCulture), $"{message.Dpid:x16}",
            message.Direction == ControlDirection.FromSwitch ? "from-switch" : "to-switch", Name(TypeOf(message)), xid, text,
            Convert.ToHexStringLower(message.Frame.Span));
    }

    private static byte TypeOf(RecordedControlMessage message) => message.Frame.Span[1];

    private static string Name(byte type) => JsonNamingPolicy.SnakeCaseLower.ConvertName($"{(MessageType)type}");

    private static ulong Dpid(string text) => ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong dpid)
        ? dpid
        : throw new ManagerException(ManagerError.Usage, $"switch: '{text}' is not a dpid of up to 16 hex digits");

    private static byte Type(string name)
    {
        foreach (MessageType type in Enum.GetValues<MessageType>())
        {
            if (string.Equals(Name((byte)type), name, StringComparison.OrdinalIgnoreCase))
                return (byte)type;
        }
        throw new ManagerException(
            ManagerError.Usage, $"type: '{name}' is not the name of a message such as packet_in, flow_mod, stats_reply or vendor");
    }
}
