using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class PacketFlightsTests
{
    private readonly PacketFlights _flights = new();

    /// <summary>The NAT between them changed the addresses; sequence numbers and identification stayed.</summary>
    [Fact]
    public void Observe_PacketLeftOneHostAndCameToAnother_TellsOfTheirClocks()
    {
        See("A", 1000, outgoing: true, source: 5, target: 80);
        See("B", 700, outgoing: false, source: 5, target: 8080);

        Assert.Equal([("A", 0L), ("B", -300L)], Estimate());
    }

    [Fact]
    public void Observe_PacketLeftTwice_TellsNothing()
    {
        See("A", 1000, outgoing: true);
        See("B", 700, outgoing: false);
        See("A", 2000, outgoing: true);

        Assert.Empty(Estimate());
    }

    [Fact]
    public void Observe_AcknowledgmentAlone_TellsNothing()
    {
        See("A", 1000, outgoing: true, length: 0);
        See("B", 700, outgoing: false, length: 0);

        Assert.Empty(Estimate());
    }

    [Fact]
    public void Observe_VeryManyPackets_KeepsASampleThatTellsTheSame()
    {
        for (uint i = 0; i < 140_000; i++)
        {
            See("A", 1000 + i * 1000L, outgoing: true, sequence: i);
            See("B", 700 + i * 1000L, outgoing: false, sequence: i);
        }

        Assert.Equal([("A", 0L), ("B", -300L)], Estimate());
    }

    private void See(string host, long timeNs, bool outgoing, ushort source = 5, ushort target = 80, int length = 9, uint sequence = 77) =>
        _flights.Add(new CapturedPacket(
            host, timeNs, outgoing, new FlowTuple(FlowTuple.Tcp, At(source), At(target)), TcpMarks.Ack, sequence, 5, length, 3));

    private IEnumerable<(string, long)> Estimate()
    {
        var estimator = new ClockEstimator();
        _flights.Observe(estimator);
        return estimator.Estimate().Select(o => (o.Host, o.Knots[0].OffsetNs));
    }

    private static Endpoint At(ushort port) => new(IpAddress.FromBytes([10, 0, 0, 1]), port);
}
