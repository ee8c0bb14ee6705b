using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>One thing that the <see cref="Controller"/> does, such as learning or NAT.</summary>
internal interface IControlApplication
{
    /// <summary>A switch has connected, with an empty flow table.</summary>
    /// <returns>The application's part for this connection, which holds all its state; null where it has nothing to do there.</returns>
    ISwitchApplication? SwitchUp(Datapath datapath);
}

/// <summary>An application at one connection. Called by one task, one message after the other.</summary>
internal interface ISwitchApplication
{
    /// <summary>No rule took a packet.</summary>
    /// <param name="packet">Valid during the call only.</param>
    /// <returns>Whether the packet has been dealt with, so that the next application does not see it.</returns>
    bool PacketIn(in ArrivedPacket packet, in PacketHeaders headers);

    /// <summary>A rule with SEND_FLOW_REM is gone.</summary>
    void FlowRemoved(FlowRemovedMessage message)
    {
    }

    /// <summary>A port came, went or changed.</summary>
    void PortStatus(PortStatusMessage message)
    {
    }

    /// <summary>The flow table has been emptied on purpose: the flows that go on get their rules back, or come to the controller anew.</summary>
    void Forget()
    {
    }

    /// <summary>
    /// Ports have begun to carry packets: all at first, after which what the switch knew in an earlier connection may be given back to it.
    /// </summary>
    void Settled()
    {
    }

    /// <summary>The flow table has been emptied because links are lost or closed: packets may have to go another way now.</summary>
    void Reroute()
    {
    }

    /// <summary>A host is not where it was, at this switch or another one.</summary>
    void HostMoved(MacAddress host)
    {
    }

    /// <summary>The connection is gone; nothing follows.</summary>
    void SwitchDown()
    {
    }
}
