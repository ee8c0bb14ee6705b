using STrace.Model;

namespace STrace.Correlation;

/// <summary>Starts a request: who accepts a connection works for the first request on it.</summary>
internal sealed class AcceptRule(ConnectionTable connections) : HostRule
{
    public override bool Apply(Attribution attribution, int index)
    {
        HostEvent e = attribution.Event(index);
        if (!ConnectionTable.IsAccepted(e) || connections.Of(e) is not { } connection)
            return false;
        connection.Start = index;
        connection.Request = attribution.NewRequest(connection.Channel);
        connection.LastCall = index;
        attribution.TakeByConnection(index, connection.Request);
        return true;
    }
}
