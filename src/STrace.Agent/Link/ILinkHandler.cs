using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>What stands behind a link: an agent or a datastore. The link's receiver calls it, one call at a time.</summary>
internal interface ILinkHandler
{
    /// <summary>The manager's word on which session records; null for none.</summary>
    void Request(string? session);

    /// <summary>A connection begins.</summary>
    /// <returns>Encoded frames that follow the hello.</returns>
    IEnumerable<byte[]> Greet() => [];

    /// <summary>A frame that not everything behind a link knows.</summary>
    /// <returns>The encoded answer; null for none.</returns>
    /// <exception cref="AgentProtocolException">It does not know the frame either.</exception>
    byte[]? Handle(object frame) => throw new AgentProtocolException($"a manager does not send {frame.GetType().Name} here");

    /// <summary>Every frame that has come is handled.</summary>
    /// <returns>An encoded frame to send; null for none.</returns>
    byte[]? Rest() => null;
}
