namespace STrace.Control;

/// <summary>What the controller knows of the network between its switches. Thread-safe.</summary>
public interface ITopology
{
    TopologySnapshot Snapshot();

    /// <summary>
    /// Sends LLDP on every port of every switch, and asks every known host who it is, so that a session that has just begun
    /// records links and hosts. Returns when the switches have sent it and been given the time to report links; one that does
    /// not answer is no error.
    /// </summary>
    Task DiscoverAsync(CancellationToken cancellationToken);
}
