namespace STrace.AgentProtocol;

/// <summary>A peer sent what the protocol does not allow; it costs the peer its connection.</summary>
public sealed class AgentProtocolException(string message) : Exception(message);
