using STrace.AgentProtocol;

namespace STrace.Manager;

/// <summary>What the agents of hosts send for the session that records, as it comes. Datastores are not among them.</summary>
internal interface ISessionFeed
{
    /// <summary>
    /// From now on the follower is told. Who follows before the session begins hears everything; else what came before is in the store,
    /// and what comes at that time may be in both, under the same agent and sequence.
    /// </summary>
    /// <returns>Ends it; a call that has begun may still come.</returns>
    IDisposable Follow(ISessionFollower follower);

    /// <summary>As last told by <see cref="ISessionFollower.Passed"/>; 0 for a host that has told nothing yet. Any thread.</summary>
    long PassedNs(string host);
}

/// <summary>
/// Takes what the agents send. Called on the threads that receive, one call at a time for a host: it must be quick, and must not throw.
/// </summary>
internal interface ISessionFollower
{
    /// <summary>A session begins; before anything of it.</summary>
    void Begun(string session);

    /// <summary>A block that the store has taken: each once, in the order of its agent's sequence.</summary>
    void Block(string host, Guid agent, BlockFrame block);

    /// <summary>No event or packet of an earlier effect follows from this agent, unless it is counted as late.</summary>
    /// <param name="untilNs">By the host's clock, ns since the epoch; 0 when the host begins to record. Never falls for one agent.</param>
    /// <param name="dropped">Records that the agent had to drop since it started.</param>
    /// <param name="isLast">Nothing more of the session follows from this agent.</param>
    void Passed(string host, Guid agent, long untilNs, long dropped, bool isLast);

    /// <summary>The host's agent is no longer connected. When it comes back it goes on where the store ends.</summary>
    void Gone(string host);

    /// <summary>The session is closed; everything of it is in the store.</summary>
    void Ended(string session);
}
