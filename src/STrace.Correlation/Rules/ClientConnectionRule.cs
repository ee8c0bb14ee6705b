using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins the calls on an outgoing connection to the request for which it was opened, or taken out of a pool, until the answer
/// has been read; reading the answer resumes that request on whatever thread, so that event loops stay apart. What an idle
/// thread sends is a request of its own.
/// </summary>
internal sealed class ClientConnectionRule(HostWalk walk, ProcessTable processes, Asker asker, DeclaredContextRule declared) : ConnectionRule(walk)
{
    public const string Name = "client-connection";

    public override bool Apply(Step step)
    {
        HostEvent e = step.Event;
        if (Walk.Connections.Of(step) is not { IsServer: false } connection)
            return false;
        if (e.Operation == Operation.Connect)
        {
            Connect(step, connection);
            return true;
        }
        bool send = e.IsSend;
        if (!send && (!e.IsReceive || e.Errno != 0 || connection.Current is null || (e.Moved == 0 && connection.Current.Answered)))
            return false;
        long from = 0;
        Step part = step;
        foreach ((Exchange exchange, long to) in Divide(step, connection, asking: send))
        {
            if (from > 0)
                part = new Step(e, step.Ring, step.Channel);
            if (!send && exchange.LastCall is { } asked && asked.Ring != step.Ring && exchange.Asked && !exchange.Answered)
            {
                processes.Of(step).PassesWork = true;
                asker.Confirm(step, exchange.Request, null);
            }
            Resume(part, connection, exchange);
            if (send && e.Moved > 0)
                exchange.Opened();
            if (e.Moved > 0)
                Turn(part, exchange, asking: send);
            if (send || (e.Flags & EventTraits.Peek) == 0)
                connection.Move(part, exchange, Math.Min(to, e.Moved) - from, sent: send);
            if (!send && e.Moved > 0)
                exchange.Request.LastTaken = part;
            from = Math.Min(to, e.Moved);
        }
        Walk.Connections.Touch(connection);
        return step.Request is not null;
    }

    protected override IReadOnlyList<(Request Request, long To)> Named => declared.Parts;

    protected override Exchange Begin(Step step, Connection connection, MessageMark? mark, long offset)
    {
        if (declared.OfByte(offset) is { } named)
            return connection.Current is { Asked: false } current && current.Request == named ? current : new Exchange(named);
        if (connection.Current is { Asked: false } opened && !IsTakenOver(step, connection))
        {
            asker.Settle(step, opened, mark);
            return opened;
        }
        if (connection.Current is { Asked: false } taken)
            End(connection, taken); // it was opened, and nothing more
        // The next exchange on the connection that is a client's own request is its next request.
        bool isOwn = step.Ring.TakenOn == connection.State && !step.Ring.Request!.IsPart;
        if (Began is { } asked && !declared.IsHooked(step))
            return new Exchange(asked.Request) { IsAside = asked.IsAside };
        Asker.Finding finding = isOwn ? default : declared.IsHooked(step) ? new(step.Ring.Request) : asker.Of(step, mark);
        var exchange = new Exchange(finding.Request ?? Walk.NewRequest(connection.State)) { IsAside = finding.IsChosen };
        asker.Note(step, exchange, finding);
        return exchange;
    }

    protected override bool IsTakenOver(Step step, Connection connection) =>
        connection.Current is { Asked: false } opened && !opened.IsOpen &&
        step.Ring.Request is { } request && request != opened.Request && !IsOfServer(opened.Request);

    private void Connect(Step step, Connection connection)
    {
        if (connection.Current is null)
        {
            bool isOpen = false;
            Request? known = declared.IsHooked(step) ? step.Ring.Request : asker.OfConnect(step, out isOpen);
            connection.Current = new Exchange(known ?? Walk.NewRequest(connection.State));
            connection.Current.Opened();
            if (isOpen)
                connection.Current.IsOpen = true;
        }
        Request request = connection.Current.Request;
        if (step.Ring.PendingSocket is { } socket && socket.Channel == step.Channel)
            Assign(socket, request);
        if (connection.Current.IsOpen)
            Assign(step, request);
        else
            TakeByConnection(step, request);
        connection.Current.LastCall = step;
        if (step.Event.Failed)
            connection.FailedStart ??= step;
        else
            connection.Start ??= step;
        request.Uses(connection);
        Walk.Connections.Touch(connection);
    }

    protected override void Answered(Step step, Exchange exchange) => exchange.Over();

    private static bool IsOfServer(Request request) => request.Origin.Connection is { IsServer: true };

    private static void Resume(Step step, Connection connection, Exchange exchange)
    {
        Ring ring = step.Ring;
        bool resumed = ring.Request != exchange.Request;
        if (exchange.IsAside && step.Event.IsSend)
            Assign(step, exchange.Request);
        else
            TakeByConnection(step, exchange.Request);
        if (resumed && exchange.LastCall is { } last && last.Ring != ring)
            step.CausedBy(new Link(last, EdgeKind.HandOff, Name, new Evidence("both on {0}", connection.Channel)));
        exchange.LastCall = step;
    }
}
