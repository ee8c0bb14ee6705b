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
    /// <summary>Messages have come, and wait, with all that the switch sends after them, until this is done.</summary>
    ValueTask ReadBeginsAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>A message as it came, of any type but HELLO and ECHO, well-formed or not.</summary>
    /// <param name="frame">Valid during the call only.</param>
    /// <returns>Whether it has been dealt with; else it is decoded, which it must stand.</returns>
    bool Pass(ReadOnlyMemory<byte> frame) => false;

    /// <summary>The messages that had come have been handed over.</summary>
    void ReadEnds()
    {
    }

    /// <summary>A message that is neither HELLO nor ECHO nor the answer to a request of <see cref="Datapath.RequestAsync"/>.</summary>
    /// <param name="frame">Its bytes; valid during the call only.</param>
    void Receive(OpenFlowMessage message, ReadOnlyMemory<byte> frame);

    /// <summary>The connection is gone; nothing follows.</summary>
    void SwitchDown();
}

/// <summary>Who decides over the network: the built-in <see cref="Controller"/>, or others behind the proxy.</summary>
public interface INetworkControl : IControlPlane
{
    ITopology Topology { get; }

    /// <summary>
    /// Has the rules of these switches installed anew, as <see cref="DatastorePorts.Recording"/> now says: with the mirror or without.
    /// Switches that are not connected are passed over.
    /// </summary>
    /// <exception cref="ControlException">A switch did not confirm it in time.</exception>
    Task RenewFlowsAsync(IEnumerable<ulong> dpids, CancellationToken cancellationToken);
}
