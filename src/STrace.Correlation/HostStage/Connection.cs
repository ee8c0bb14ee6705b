using STrace.Model;

namespace STrace.Correlation;

/// <summary>One end of a stream socket, while the host stage walks through the events.</summary>
internal sealed class Connection(Channel channel, bool isServer)
{
    public Channel Channel { get; } = channel;

    /// <summary>Requests come in here; else they go out.</summary>
    public bool IsServer { get; } = isServer;

    /// <summary>The connect or accept; <see cref="HostTrace.None"/> when it was not seen, or failed.</summary>
    public int Start { get; set; } = HostTrace.None;

    /// <summary>The first connect that failed; <see cref="HostTrace.None"/> when none did.</summary>
    public int FailedStart { get; set; } = HostTrace.None;

    /// <summary>The request of the present exchange, or <see cref="HostTrace.None"/>.</summary>
    public int Request { get; set; } = HostTrace.None;

    /// <summary>The last call of the present request on this connection.</summary>
    public int LastCall { get; set; } = HostTrace.None;

    /// <summary>Bytes of a request were seen: the answer to come is one to it, not a greeting.</summary>
    public bool Asked { get; set; }

    /// <summary>Bytes went the other way since: the next bytes of the asking side begin another request.</summary>
    public bool Answered { get; set; }

    public ByteCounter Sent { get; } = new();
    public ByteCounter Received { get; } = new();

    /// <summary>Notes bytes that went with (<paramref name="asking"/>) or against the direction of requests.</summary>
    public void Turn(bool asking)
    {
        Asked |= asking;
        Answered = Asked && !asking;
    }
}
