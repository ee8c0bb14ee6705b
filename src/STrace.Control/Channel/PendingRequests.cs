using System.Collections.Concurrent;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The manager's own requests to one switch that wait for their answer, by xid.</summary>
internal sealed class PendingRequests
{
    private readonly ConcurrentDictionary<uint, PendingRequest> _pending = new();

    public Task<IReadOnlyList<OpenFlowMessage>> Add(uint xid)
    {
        var request = new PendingRequest();
        _pending[xid] = request;
        return request.Answer.Task;
    }

    public void Remove(uint xid) => _pending.TryRemove(xid, out _);

    /// <summary>Called by the connection's reader only.</summary>
    /// <returns>Whether the message belongs to one of the requests.</returns>
    public bool TryComplete(OpenFlowMessage message)
    {
        if (message is PacketInMessage or FlowRemovedMessage or PortStatusMessage || !_pending.TryGetValue(message.Xid, out var request))
            return false;

        request.Parts.Add(message);
        if (message is not StatsReplyMessage reply || !reply.Flags.HasFlag(StatsReplyFlags.More))
        {
            Remove(message.Xid);
            request.Answer.TrySetResult(request.Parts);
        }
        return true;
    }

    /// <summary>No answer will come any more.</summary>
    public void Fail(ControlException exception)
    {
        foreach (var (xid, request) in _pending)
        {
            Remove(xid);
            request.Answer.TrySetException(exception);
        }
    }

    private sealed class PendingRequest
    {
        public List<OpenFlowMessage> Parts { get; } = [];

        public TaskCompletionSource<IReadOnlyList<OpenFlowMessage>> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
