namespace STrace.OpenFlow;

/// <summary>Bytes that are not OpenFlow 1.0. The peer that sent them costs its own connection, nothing else.</summary>
public sealed class OpenFlowProtocolException : Exception
{
    /// <param name="problem">What was wrong.</param>
    /// <param name="offset">Where: bytes from the start of the message.</param>
    /// <param name="messageType">In which message; null where the header itself is wrong.</param>
    public OpenFlowProtocolException(string problem, int offset, MessageType? messageType = null)
        : base($"{messageType?.ToString() ?? "OpenFlow header"}, byte {offset}: {problem}")
    {
        Offset = offset;
        MessageType = messageType;
    }

    /// <summary>Bytes from the start of the message to what was wrong.</summary>
    public int Offset { get; }

    /// <summary>The message in which it was; null where the header itself was wrong.</summary>
    public MessageType? MessageType { get; }
}
