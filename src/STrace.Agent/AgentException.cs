namespace STrace.Agent;

/// <summary>The agent cannot do what it was asked to; the message is one sentence for the operator.</summary>
/// <param name="permission">The reason is a missing right.</param>
public sealed class AgentException(string message, bool permission = false) : Exception(message)
{
    public bool Permission { get; } = permission;
}
