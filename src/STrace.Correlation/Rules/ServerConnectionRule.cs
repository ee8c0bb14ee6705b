using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins the calls on an accepted connection to the request of their exchange, on whatever thread: reads take it, writes answer it.
/// On a kept-alive connection every request has its path.
/// </summary>
internal sealed class ServerConnectionRule(HostWalk walk, ProcessTable processes, Asker asker) : ConnectionRule(walk)
{
    public const string Name = "server-connection";

    public override bool Apply(Step step)
    {
        HostEvent e = step.Event;
        if (Walk.Connections.Of(step) is not { IsServer: true } connection)
            return false;
        bool receive = e.IsReceive;
        if ((!receive && !e.IsSend) || e.Errno != 0)
            return false;
        long from = 0;
        Step part = step;
        foreach ((Exchange exchange, long to) in Divide(step, connection, asking: receive))
        {
            if (from > 0)
                part = new Step(e, step.Ring, step.Channel);
            if (!receive)
                NoteWhoAnswers(step, exchange);
            Serve(part, connection, exchange, receive);
            if (e.Moved > 0)
                Turn(part, exchange, asking: receive);
            if ((e.Flags & EventTraits.Peek) == 0)
                connection.Move(part, exchange, Math.Min(to, e.Moved) - from, sent: !receive);
            if (receive && e.Moved > 0)
                step.Channel!.LastReceive = part;
            from = Math.Min(to, e.Moved);
        }
        Walk.Connections.Touch(connection);
        return step.Request is not null;
    }

    protected override Exchange Begin(Step step, Connection connection, MessageMark? mark, long offset) =>
        connection.Current is { Asked: false } accepted ? accepted : new Exchange(Walk.NewRequest(connection.State));

    protected override void Asked(Step step, Exchange exchange)
    {
        if (exchange.Question is not null)
            processes.Of(step).Waiting.Add((exchange, step.Ring));
    }

    protected override void Answered(Step step, Exchange exchange)
    {
        ProcessTable.Process process = processes.Of(step);
        process.Remove(exchange);
        step.Ring.Open.Remove(exchange.Request);
        if (!process.PassesWork)
            return;
        foreach (Ring taker in exchange.Request.Origin.Takers)
            if (taker != step.Ring && taker.Request == exchange.Request)
                taker.BecomeIdle(); // It was passed on unseen; what the thread does now is for others.
    }

    private void NoteWhoAnswers(Step step, Exchange exchange)
    {
        Ring ring = step.Ring;
        if (ring.Request is { } asking)
            asker.Confirm(step, asking, exchange);
        if (ring.Request?.Whole != exchange.Request.Whole && exchange.LastCall is { } taken && taken.Ring != ring)
            processes.Of(step).PassesWork = true;
    }

    private static void Serve(Step step, Connection connection, Exchange exchange, bool receive)
    {
        Ring ring = step.Ring;
        Request request = exchange.Request;
        bool taken = ring.Request != request;
        TakeByConnection(step, request);
        if (receive && !ring.Open.Contains(request))
            ring.Open.Add(request);
        if (exchange.LastCall is { } last)
        {
            if (taken && last == connection.Start && last.Ring != ring && last.Ring.Request == request)
                last.Ring.BecomeIdle(); // A thread that only accepts has done its part when a thread of a pool goes on.
            if (last.Ring != ring && (receive || taken))
                step.CausedBy(new Link(last, EdgeKind.HandOff, Name, new Evidence("both on {0}", connection.Channel)));
        }
        if (!receive && request.LastTaken is { } answer)
        {
            // The work went on in another thread, unseen: what it answers with came before.
            if (answer.Ring != ring && answer.Event.Pid == step.Event.Pid)
                step.CausedBy(new Link(answer, EdgeKind.HandOff, Name, new Evidence("the last answer that the request took, on {0}", answer.Event.Channel)));
            request.LastTaken = null;
        }
        exchange.LastCall = step;
    }
}
