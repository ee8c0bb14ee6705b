using System.Buffers.Binary;
using System.Text;

namespace STrace.OpenFlow;

/// <summary>What failed, and the request that did.</summary>
internal static class ErrorText
{
    private static readonly string[][] Codes =
    [
        ["OFPHFC_INCOMPATIBLE", "OFPHFC_EPERM"],
        [
            "OFPBRC_BAD_VERSION", "OFPBRC_BAD_TYPE", "OFPBRC_BAD_STAT", "OFPBRC_BAD_VENDOR", "OFPBRC_BAD_SUBTYPE", "OFPBRC_EPERM",
            "OFPBRC_BAD_LEN", "OFPBRC_BUFFER_EMPTY", "OFPBRC_BUFFER_UNKNOWN",
        ],
        [
            "OFPBAC_BAD_TYPE", "OFPBAC_BAD_LEN", "OFPBAC_BAD_VENDOR", "OFPBAC_BAD_VENDOR_TYPE", "OFPBAC_BAD_OUT_PORT", "OFPBAC_BAD_ARGUMENT",
            "OFPBAC_EPERM", "OFPBAC_TOO_MANY", "OFPBAC_BAD_QUEUE",
        ],
        [
            "OFPFMFC_ALL_TABLES_FULL", "OFPFMFC_OVERLAP", "OFPFMFC_EPERM", "OFPFMFC_BAD_EMERG_TIMEOUT", "OFPFMFC_BAD_COMMAND",
            "OFPFMFC_UNSUPPORTED",
        ],
        ["OFPPMFC_BAD_PORT", "OFPPMFC_BAD_HW_ADDR"],
        ["OFPQOFC_BAD_PORT", "OFPQOFC_BAD_QUEUE", "OFPQOFC_EPERM"],
    ];

    private static readonly string[] Types =
    [
        "OFPET_HELLO_FAILED", "OFPET_BAD_REQUEST", "OFPET_BAD_ACTION", "OFPET_FLOW_MOD_FAILED", "OFPET_PORT_MOD_FAILED",
        "OFPET_QUEUE_OP_FAILED",
    ];

    public static string Of(ErrorMessage error, bool withRequest) =>
        $" {Name((int)error.ErrorType, error.Code)}{(error.Data.IsEmpty ? "" : "\n" + Data(error, withRequest))}";

    /// <summary>Text of a peer's own: control characters and what is not ASCII in octal.</summary>
    public static string Printable(string text)
    {
        var printable = new StringBuilder();
        foreach (var letter in text)
        {
            if (letter is >= ' ' and <= '~' and not '\\' and not '"')
                printable.Append(letter);
            else
                printable.Append('\\').Append(Convert.ToString(letter, 8).PadLeft(3, '0'));
        }
        return printable.ToString();
    }

    private static string Name(int type, ushort code) => type switch
    {
        _ when type >= Codes.Length => $"type {type}, code {code}",
        _ when code >= Codes[type].Length => $"{Types[type]}, code {code}",
        _ => Codes[type][code],
    };

    private static string Data(ErrorMessage error, bool withRequest)
    {
        var data = error.Data.Span;
        if (error.ErrorType == ErrorType.HelloFailed)
            return Printable(Encoding.Latin1.GetString(data));
        return withRequest ? Request(data) : HexDump.Of(data);
    }

    /// <summary>The request as text; only its name where less of it came back than there was.</summary>
    private static string Request(ReadOnlySpan<byte> data)
    {
        try
        {
            return OpenFlowText.Of(OpenFlowCodec.Decode(data), withRequest: false);
        }
        catch (OpenFlowProtocolException)
        {
            var known = data.Length >= OpenFlowFraming.HeaderLength && data[0] == OpenFlowConstants.Version
                && Enum.IsDefined((MessageType)data[OpenFlowFraming.TypeOffset]);
            return (known ? Header(data) : "") + HexDump.Of(data);
        }
    }

    private static string Header(ReadOnlySpan<byte> data)
    {
        var length = BinaryPrimitives.ReadUInt16BigEndian(data[OpenFlowFraming.LengthOffset..]);
        var xid = BinaryPrimitives.ReadUInt32BigEndian(data[OpenFlowFraming.XidOffset..]);
        return $"{MessageName.Of((MessageType)data[OpenFlowFraming.TypeOffset])} (xid=0x{xid:x}):"
            + (length > data.Length ? $"\n(***truncated to {data.Length} bytes from {length}***)\n" : "\n");
    }
}
