namespace STrace.Control;

/// <summary>What is said on a <see cref="MessageLink"/>. Called by the link's reader, unless it says otherwise.</summary>
internal interface ILinkUser
{
    /// <summary>What the handshake waits for; null when it is done. Asked by any thread.</summary>
    string? Awaited { get; }

    /// <summary>Messages have come. They wait until this is done, and the peer with them: what it sends goes somewhere.</summary>
    ValueTask ReadBeginsAsync(CancellationToken cancellationToken);

    /// <param name="frame">One message, as the framing cuts it; valid during the call only.</param>
    /// <exception cref="OpenFlow.OpenFlowProtocolException">It is not OpenFlow 1.0.</exception>
    void Receive(ReadOnlyMemory<byte> frame);

    /// <summary>All messages that had come are received; also after one of them failed.</summary>
    void ReadEnds();

    /// <summary>Asks the peer whether it lives. Called by any thread.</summary>
    void SendEcho();
}
