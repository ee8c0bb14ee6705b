using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>What is behind the channels to the switches: the built-in <see cref="Controller"/>, or another in its place.</summary>
public interface IControlPlane
{
    /// <summary>A switch has connected and told its dpid.</summary>
    /// <returns>What handles the messages of this connection.</returns>
    ISwitchHandler SwitchUp(Datapath datapath);
}

/// <summary>
/// Handles the messages of one connection, one after the other. Nothing in it may block: the switch's next message waits.
/// </summary>
public interface ISwitchHandler
{
    /// <summary>A message that is neither HELLO nor ECHO nor the answer to a request of <see cref="Datapath.RequestAsync"/>.</summary>
    /// <param name="frame">Its bytes; valid during the call only.</param>
    void Receive(OpenFlowMessage message, ReadOnlyMemory<byte> frame);

    /// <summary>The connection is gone; nothing follows.</summary>
    void SwitchDown();
}
