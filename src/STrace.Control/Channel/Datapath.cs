using System.Net;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>A connected switch: what it said of itself, and the way to it. One object a connection; thread-safe.</summary>
public sealed class Datapath
{
    // The xids of the manager's own messages: a controller behind the proxy that uses one of them gets another in its place.
    private const uint FirstXid = 0xfe00_0000;
    private const uint CountOfXids = 0x0100_0000;

    private readonly SwitchSession _session;
    private readonly PendingRequests _requests = new();
    private uint _firstXid = FirstXid;
    private uint _lastXid;
    private volatile IReadOnlyList<PortDescription> _ports;

    internal Datapath(SwitchSession session, FeaturesReplyMessage features, DateTimeOffset connectedSince)
    {
        _session = session;
        _ports = features.Ports;
        Dpid = features.DatapathId;
        ConnectedSince = connectedSince;
    }

    public ulong Dpid { get; }

    /// <summary>The switch's end of the connection.</summary>
    public EndPoint Peer => _session.Peer;

    public DateTimeOffset ConnectedSince { get; }

    /// <summary>As FEATURES_REPLY told them, kept up to date by PORT_STATUS.</summary>
    public IReadOnlyList<PortDescription> Ports => _ports;

    /// <summary>Maker, model and version; null until the switch has told them (load generators do not).</summary>
    public DescriptionStatsReply? Description { get; private set; }

    /// <summary>A transaction id that this connection has not used for a message of the manager's own.</summary>
    public uint NextXid() => _firstXid + (Interlocked.Increment(ref _lastXid) % CountOfXids);

    /// <summary>Queues a message with its xid as it stands; never waits for the switch.</summary>
    /// <exception cref="ControlException">The connection is gone, or the switch does not read and has just been dropped.</exception>
    public ValueTask SendAsync(OpenFlowMessage message)
    {
        if (!Send(message))
            throw new ControlException($"switch {Dpid:x16} is not connected any more");
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends a request under an xid of its own and collects its answer: one message, or all parts of a statistics reply.</summary>
    /// <exception cref="ControlException">No answer in time, an ERROR for an answer, or the connection is gone.</exception>
    public Task<IReadOnlyList<OpenFlowMessage>> RequestAsync(OpenFlowMessage request, CancellationToken cancellationToken = default) =>
        RequestAsync(request, _session.Options.RequestTimeout, cancellationToken);

    /// <summary>Waits until the switch has finished all that was sent before.</summary>
    /// <exception cref="ControlException">As <see cref="RequestAsync"/>.</exception>
    public Task BarrierAsync(CancellationToken cancellationToken = default) =>
        RequestAsync(new BarrierRequestMessage(), cancellationToken);

    /// <summary>What is known of the switch now.</summary>
    public SwitchStatus Status() => new(
        Dpid, Peer, ConnectedSince, Description, Ports, _session.Received.Snapshot(), _session.Sent.Snapshot());

    /// <summary>As <see cref="SendAsync"/>, for handlers: to a connection that is gone nothing need be said.</summary>
    internal bool Send(OpenFlowMessage message) => _session.Send(message);

    /// <inheritdoc cref="SwitchSession.SendRule"/>
    internal bool SendRule(ReadOnlyMemory<byte> rule) => _session.SendRule(rule);

    /// <summary>For what sends messages under the xids of others: keeps clear of them.</summary>
    internal void ContinueXidsFrom(uint first) => _firstXid = first;

    /// <summary>Whether a message has one of the xids that <see cref="NextXid"/> gives.</summary>
    internal static bool IsOwnXid(uint xid) => xid - FirstXid < CountOfXids;

    /// <inheritdoc cref="SwitchSession.Forward"/>
    internal bool Forward(ReadOnlyMemory<byte> frame, ReadOnlyMemory<byte> recorded) => _session.Forward(frame, recorded);

    internal void Flush() => _session.Flush();

    /// <inheritdoc cref="Outbox.WaitForRoomAsync(int, CancellationToken)"/>
    internal ValueTask WaitForRoomAsync(int mostBytes, CancellationToken cancellationToken) =>
        _session.WaitForRoomAsync(mostBytes, cancellationToken);

    /// <summary>Ends the connection; the switch may connect again.</summary>
    internal void Close(DisconnectReason reason, string explanation) => _session.Close(reason, explanation);

    internal TimeSpan SnapshotTimeout => _session.Options.SnapshotTimeout;

    internal async Task<IReadOnlyList<OpenFlowMessage>> RequestAsync(
        OpenFlowMessage request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var xid = NextXid();
        var answer = _requests.Add(xid);
        try
        {
            await SendAsync(request with { Xid = xid });
            try
            {
                await answer.WaitAsync(timeout, _session.Time, cancellationToken);
            }
            catch (TimeoutException) when (answer.IsCompleted)
            {
                // It came just in time.
            }
            var parts = await answer;
            return parts is [ErrorMessage error]
                ? throw new ControlException($"switch {Dpid:x16} refused {request.Type}: {error.ErrorType} {error.CodeName}")
                : parts;
        }
        catch (TimeoutException late)
        {
            throw new ControlException($"switch {Dpid:x16} did not answer {request.Type} within {timeout.TotalSeconds} s", late);
        }
        finally
        {
            _requests.Remove(xid);
        }
    }

    /// <summary>Asks for <see cref="Description"/>, which need not come.</summary>
    internal async Task AskDescriptionAsync()
    {
        try
        {
            await RequestAsync(new StatsRequestMessage { Body = new DescriptionStatsRequest() });
        }
        catch (ControlException)
        {
            // It remains unknown.
        }
    }

    /// <summary>Learns from a message of the switch; called by the connection's reader only.</summary>
    /// <returns>Whether it was the answer to a request of <see cref="RequestAsync"/>.</returns>
    internal bool Take(OpenFlowMessage message)
    {
        switch (message)
        {
            case FeaturesReplyMessage features:
                _ports = features.Ports;
                break;
            case PortStatusMessage status:
                var others = _ports.Where(port => port.Number != status.Port.Number);
                _ports = [.. status.Reason == PortStatusReason.Delete ? others : others.Append(status.Port)];
                break;
            case StatsReplyMessage { Body: DescriptionStatsReply description }:
                Description = description;
                break;
        }
        return _requests.TryComplete(message);
    }

    internal void Down(string reason) => _requests.Fail(new ControlException($"switch {Dpid:x16} is not connected any more: {reason}"));
}
