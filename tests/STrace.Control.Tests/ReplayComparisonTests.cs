using System.Buffers.Binary;
using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control.Tests;

/// <summary>Client on port 1 of switch 1, server on port 1 of switch 2, the switches linked by their ports 3.</summary>
public sealed class ReplayComparisonTests
{
    private static readonly SwitchPort AtServer = new(2, 1);
    private static readonly byte[] Sent = NatScene.Segment(8080);
    private static readonly byte[] Translated =
        Frames.Tcp(NatScene.ClientMac, NatScene.ServerMac, NatScene.Client, 40000, NatScene.Server, 80);

    [Fact]
    public void Compare_TranslatedOnTheWay_IsDeliveredAndRewritten()
    {
        var comparison = ReplayComparison.Compare(Plan(Sent), [Out(AtServer, Translated)]);

        var flow = new FlowOutcome("tcp 10.0.0.2:40000->200.200.200.200:8080", Sent: 1, Delivered: 1, Absorbed: 0, Unexpected: 0);
        Assert.Equal([flow], comparison.Flows);
        var client = Endpoint.Parse("10.0.0.2:40000");
        Assert.Equal(
            [
                new ObservedRewrite(
                    new FlowTuple(6, client, Endpoint.Parse("200.200.200.200:8080")),
                    new FlowTuple(6, client, Endpoint.Parse("10.0.0.4:80")),
                    AtServer,
                    1),
            ],
            comparison.Rewritten);
        Assert.Null(comparison.FirstDivergence);
    }

    [Fact]
    public void Compare_SegmentsApartBySequenceNumber_AreNotMixedUp()
    {
        var second = Sequence(Sent, 9);
        var comparison = ReplayComparison.Compare(Plan(Sent, second), [Out(AtServer, Sequence(Translated, 9))]);

        Assert.Equal((2, 1, 1, 0), (comparison.Sent, comparison.Delivered, comparison.Dropped, comparison.Unexpected));
    }

    [Fact]
    public void Compare_NotSent_IsUnexpected()
    {
        var comparison = ReplayComparison.Compare(Plan(), [Out(AtServer, Translated)]);

        Assert.Equal([new FlowOutcome("tcp 10.0.0.2:40000->10.0.0.4:80", 0, 0, 0, 1)], comparison.Flows);
    }

    [Fact]
    public void Compare_Lost_IsTheFirstDivergence()
    {
        var toServer = Sequence(Translated, 5);
        var comparison = ReplayComparison.Compare(Plan(Sent, toServer), [Out(AtServer, Translated)]);

        Assert.Equal(1, comparison.Dropped);
        Assert.Equal(
            "a packet of tcp 10.0.0.2:40000->10.0.0.4:80, sent at switch 0000000000000001, did not come out; " +
            "the session has its receiver at 0000000000000002:1",
            comparison.FirstDivergence);
    }

    [Fact]
    public void Compare_ElsewhereThanTheReceiver_IsTheFirstDivergence()
    {
        var comparison = ReplayComparison.Compare(Plan(Sent), [Out(new SwitchPort(2, 2), Translated)]);

        Assert.Equal(1, comparison.Delivered);
        Assert.EndsWith(
            "came out at 0000000000000002:2; the session has its receiver at 0000000000000002:1",
            comparison.FirstDivergence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_PassedOnByTheController_IsOnePacketAndFloodedCopiesAreNone()
    {
        var session = Session()
            .ToSwitch(1, 1, new PacketOutMessage { Actions = [new OutputAction(3)], Data = Sent })
            .ToSwitch(2, 2, new PacketOutMessage { Actions = [new OutputAction(PortNumber.Flood)], Data = Sent });
        var comparison = ReplayComparison.Compare(session.Plan(), [Out(AtServer, Sent), Out(new SwitchPort(2, 2), Sent)]);

        Assert.Equal((1, 1, 0, 0), (comparison.Sent, comparison.Delivered, comparison.Dropped, comparison.Unexpected));
        Assert.Empty(comparison.Rewritten);
    }

    [Fact]
    public void Compare_KeptByTheRecordedController_IsAbsorbedAndNotDropped()
    {
        var session = Session()
            .FromSwitch(1, 1, Frames.PacketIn(1, Sent))
            .ToSwitch(2, 1, new PacketOutMessage { Actions = [new OutputAction(3)], Data = Sent })
            .FromSwitch(3, 2, Frames.PacketIn(3, Sent));
        var comparison = ReplayComparison.Compare(session.Plan(), []);

        Assert.Equal((1, 0, 1, 0), (comparison.Sent, comparison.Delivered, comparison.Absorbed, comparison.Dropped));
        Assert.Null(comparison.FirstDivergence);
    }

    [Fact]
    public void Compare_PaddedOnTheWay_IsTheSamePacket()
    {
        var comparison = ReplayComparison.Compare(Plan(Sent), [Out(AtServer, [.. Translated, 0, 0, 0])]);
        Assert.Equal(1, comparison.Delivered);
    }

    private static RecordedSession Session() => new RecordedSession()
        .Switch(1, 1, 2, 3)
        .Switch(2, 1, 2, 3)
        .Link(new SwitchPort(1, 3), new SwitchPort(2, 3))
        .FromSwitch(0, 1, Frames.PacketIn(1, Frames.Ethernet(NatScene.ClientMac, MacAddress.Broadcast, 0x0806)))
        .FromSwitch(0, 2, Frames.PacketIn(1, Frames.Ethernet(NatScene.ServerMac, MacAddress.Broadcast, 0x0806)));

    private static ReplayPlan Plan(params byte[][] frames)
    {
        var session = Session();
        for (var index = 0; index < frames.Length; index++)
            session.Mirrored(index + 1, 1, frames[index]);
        return session.Plan();
    }

    private static ReceivedFrame Out(SwitchPort at, byte[] frame) => new(at, 0, frame);

    private static byte[] Sequence(byte[] segment, uint number)
    {
        byte[] other = [.. segment];
        BinaryPrimitives.WriteUInt32BigEndian(other.AsSpan(38), number);
        return other;
    }
}
