using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Ends the threads' work for a request when their process closes the connection on which they took it; the close is the last
/// call (table 5.1 of the dissertation). The close of another accepted connection belongs to that connection's request: a busy
/// thread may do it.
/// </summary>
internal sealed class CloseRule(HostWalk walk, ProcessTable processes) : HostRule
{
    public const string Name = "close";

    public override bool Concerns(Operation operation) => operation.IsClose() || IsDuplicate(operation);

    public override bool Apply(Step step)
    {
        HostEvent e = step.Event;
        if (step.Channel is not { } channel)
            return false;
        if (IsDuplicate(e.Operation))
        {
            if (e.Errno == 0)
            {
                channel.Duplicates ??= [];
                channel.Duplicates[e.Pid] = channel.Duplicates.GetValueOrDefault(e.Pid) + 1;
            }
            return false;
        }
        bool served = Serve(step);
        if (channel.Duplicates is { } duplicates && duplicates.GetValueOrDefault(e.Pid) is > 0 and var more)
            duplicates[e.Pid] = more - 1;
        else
            EndWorkOn(step, channel);
        return served;
    }

    private bool Serve(Step step)
    {
        Ring ring = step.Ring;
        if (walk.Connections.Of(step) is not { IsServer: true, Current: { } exchange } connection)
        {
            Assign(step, ring.Request);
            return ring.Request is not null;
        }
        if (ring.Request is null && exchange.LastCall?.Ring.Life.Pid != step.Event.Pid)
            return false;
        if (exchange.LastCall is { } last && last.Ring != ring)
            step.CausedBy(new Link(last, EdgeKind.HandOff, Name, new Evidence("both on {0}", connection.Channel)));
        Assign(step, exchange.Request);
        return true;
    }

    /// <summary>The process has closed the connection: none of its threads that took their request on it works on.</summary>
    private void EndWorkOn(Step step, ChannelState channel)
    {
        int pid = step.Event.Pid;
        foreach (Ring taker in channel.Takers)
        {
            if (taker.TakenOn == channel && taker.Life.Pid == pid)
                taker.BecomeIdle();
            taker.ForgetOf(channel);
        }
        channel.Takers.RemoveWhere(channel, static (taker, closed) => taker.TakenOn != closed);
        if (channel.Connection is { } connection)
            End(connection, step.EffectNs);
        if (channel.Connection is { IsServer: false } asked)
        {
            asked.Current?.Over();
            foreach (Exchange exchange in asked.Unanswered)
                exchange.Over();
        }
        if (channel.Connection is { IsServer: true })
            processes.Of(step).RemoveOf(channel);
    }

    /// <summary>A server that closes before it has answered may have left the connection to a process that it had forked.</summary>
    private void End(Connection connection, long nowNs)
    {
        if (connection.Current is { } current && (current.Answered || !connection.IsServer))
        {
            connection.IsClosed = true;
            current.Request.Ended |= current.Request.Origin == connection.State;
            walk.Closed(connection.State, nowNs);
        }
        walk.Connections.Touch(connection);
    }

    private static bool IsDuplicate(Operation operation) =>
        operation is Operation.Dup or Operation.Dup2 or Operation.Dup3 or Operation.FcntlDupfd;
}
