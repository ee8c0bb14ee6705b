using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// An attempt that moved nothing, because it would have blocked, belongs to the open exchange of its connection or to nobody: a loop
/// tries many descriptors, and its thread's request has nothing to do with most of them.
/// </summary>
internal sealed class AttemptRule(HostWalk walk) : HostRule
{
    public override bool Concerns(Operation operation) => operation.IsReceive() || operation.IsSend() || operation.IsAccept();

    public override bool Apply(Step step)
    {
        HostEvent e = step.Event;
        if (e.Errno == 0 || (e.Flags & EventTraits.NonBlocking) == 0 || e.Channel is not { Kind: ChannelKind.Socket })
            return false;
        if (walk.Connections.Of(step) is { } connection && Open(connection, e.IsReceive == connection.IsServer) is { } exchange)
            Assign(step, exchange.Request);
        return true;
    }

    /// <summary>The exchange of which a question (or an answer) was to be moved; null: of none that has begun.</summary>
    private static Exchange? Open(Connection connection, bool asking)
    {
        if (!asking)
            return connection.Answering ?? (connection.Unanswered.TryPeek(out Exchange? oldest) ? oldest : connection.Current is { Asked: true } asked && (connection.IsServer || !asked.Answered) ? asked : null);
        return connection.Asking ?? (connection.Current is { Answered: false } current ? current : null);
    }
}
