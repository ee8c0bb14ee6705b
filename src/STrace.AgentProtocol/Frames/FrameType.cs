namespace STrace.AgentProtocol;

/// <summary>The second field of every frame; docs/formats.md draws the bodies.</summary>
public enum FrameType : byte
{
    /// <summary>Agent: who it is. First frame of a connection.</summary>
    Hello = 1,

    /// <summary>Manager: the last block of this agent that is in the store. Answers <see cref="Hello"/>.</summary>
    Welcome = 2,

    /// <summary>Manager: which session records, if any.</summary>
    Configure = 3,

    /// <summary>Manager: every block up to this sequence is in the store.</summary>
    Ack = 4,

    /// <summary>Manager: are you there, and what time is it? Answered by <see cref="Pong"/>.</summary>
    Ping = 5,
    Pong = 6,

    /// <summary>Manager: why it does not welcome this agent now. A <see cref="Welcome"/> follows when it does.</summary>
    Refuse = 7,

    /// <summary>Agent: a block of recorded calls.</summary>
    Events = 10,

    /// <summary>Agent: the objects that were alive when the session began, as a block.</summary>
    ObjectSnapshot = 11,

    /// <summary>Agent: everything of the session has been sent.</summary>
    Watermark = 12,

    /// <summary>Agent: from here on the calls of this session are recorded.</summary>
    Armed = 13,

    /// <summary>Agent: a block of packet headers from the sniffer; see <see cref="PacketRecord"/>.</summary>
    Packets = 14,

    /// <summary>Agent: all processes of its host as a block; see <see cref="ProcessRecord"/>. Without a session it is not stored.</summary>
    Processes = 15,

    /// <summary>Agent: what it has lost so far, as a block; see <see cref="LossRecord"/>. Without a session it is not stored.</summary>
    Loss = 16,

    /// <summary>Agent: everything of the session up to this time has been sent, and the session goes on.</summary>
    Passed = 17,

    /// <summary>Datastore, behind its hello: which ports of which switches it is at.</summary>
    Ports = 20,

    /// <summary>Datastore: a block of whole frames that came out of its ports; see <see cref="FrameRecord"/>.</summary>
    Mirrored = 21,

    /// <summary>Manager: a frame to be sent into a port.</summary>
    Inject = 22,

    /// <summary>Datastore: every frame up to this number has left its interface.</summary>
    Injected = 23,
}
