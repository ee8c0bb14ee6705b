using STrace.Model;

namespace STrace.Correlation;

/// <summary>Starts a request: who accepts a connection works for the first request on it.</summary>
internal sealed class AcceptRule(HostWalk walk) : HostRule
{
    public override bool Concerns(Operation operation) => operation.IsAccept();

    public override bool Apply(Step step)
    {
        if (!ConnectionTable.IsAccepted(step.Event) || walk.Connections.Of(step) is not { } connection)
            return false;
        Request request = walk.NewRequest(connection.State);
        connection.Start = step;
        connection.Current = new Exchange(request) { LastCall = step };
        TakeByConnection(step, request);
        request.Uses(connection);
        walk.Connections.Touch(connection);
        return true;
    }
}
