using STrace.OpenFlow;

namespace STrace.Control.Tests;

public sealed class DatapathTests
{
    [Fact]
    public async Task RequestAsync_AnswersOutOfOrder_AreMatchedByXid()
    {
        await using var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        var datapath = controller.Registry.Find(1)!;
        var first = datapath.RequestAsync(new GetConfigRequestMessage());
        var second = datapath.BarrierAsync();
        var config = await peer.ExpectAsync<GetConfigRequestMessage>();
        var barrier = await peer.ExpectAsync<BarrierRequestMessage>();

        await peer.SendAsync(new BarrierReplyMessage { Xid = barrier.Xid });
        await second;
        Assert.False(first.IsCompleted);
        await peer.SendAsync(new GetConfigReplyMessage { Xid = config.Xid, MissSendLength = 5 });
        Assert.Equal(5, Assert.IsType<GetConfigReplyMessage>(Assert.Single(await first)).MissSendLength);
    }

    [Fact]
    public async Task RequestAsync_StatisticsInParts_ReturnsAllParts()
    {
        await using var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        var answer = controller.Registry.Find(1)!.RequestAsync(new StatsRequestMessage { Body = new FlowStatsRequest() });
        var xid = (await peer.ExpectAsync<StatsRequestMessage>()).Xid;

        await peer.SendAsync(Part(10, StatsReplyFlags.More));
        await peer.SendAsync(Part(20, StatsReplyFlags.None));
        var cookies = (await answer).Select(part => ((FlowStatsReply)((StatsReplyMessage)part).Body).Entries[0].Cookie);
        Assert.Equal([10ul, 20ul], cookies);

        StatsReplyMessage Part(ulong cookie, StatsReplyFlags flags) =>
            new() { Xid = xid, Flags = flags, Body = new FlowStatsReply { Entries = [new FlowStats { Cookie = cookie }] } };
    }

    [Fact]
    public async Task RequestAsync_Error_ThrowsWithItsName()
    {
        await using var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        var answer = controller.Registry.Find(1)!.RequestAsync(new StatsRequestMessage { Body = new FlowStatsRequest() });
        var xid = (await peer.ExpectAsync<StatsRequestMessage>()).Xid;
        await peer.SendAsync(new ErrorMessage { Xid = xid, ErrorType = ErrorType.BadRequest, Code = (ushort)BadRequestCode.BadStats });

        var refused = await Assert.ThrowsAsync<ControlException>(() => answer);
        Assert.Equal("switch 0000000000000001 refused StatsRequest: BadRequest BadStats", refused.Message);
    }

    [Fact]
    public async Task RequestAsync_NoAnswer_ThrowsAfterTheTimeout()
    {
        await using var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        var answer = controller.Registry.Find(1)!.BarrierAsync();
        await peer.ExpectAsync<BarrierRequestMessage>();
        controller.Time.Advance(TimeSpan.FromSeconds(5));

        var late = await Assert.ThrowsAsync<ControlException>(() => answer);
        Assert.Equal("switch 0000000000000001 did not answer BarrierRequest within 5 s", late.Message);
    }

    [Fact]
    public async Task RequestAsync_ConnectionLost_ThrowsAtOnce()
    {
        await using var controller = new RunningController();
        var peer = await controller.SwitchAsync();
        var answer = controller.Registry.Find(1)!.BarrierAsync();
        await peer.ExpectAsync<BarrierRequestMessage>();
        peer.Dispose();

        var lost = await Assert.ThrowsAsync<ControlException>(() => answer);
        Assert.StartsWith("switch 0000000000000001 is not connected any more", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_AfterDescriptionAndPortStatus_TellsBothAndCounts()
    {
        await using var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        await peer.SendAsync(new StatsReplyMessage { Xid = 1, Body = new DescriptionStatsReply { Manufacturer = "Nicira" } });
        await peer.SendAsync(new PortStatusMessage { Reason = PortStatusReason.Delete, Port = new PortDescription { Number = 1 } });
        await peer.SendAsync(new PortStatusMessage { Port = new PortDescription { Number = 9, Name = "p9" } });
        await peer.ExpectNothingAsync();

        var status = Assert.Single(controller.Registry.Snapshot());
        Assert.Equal("Nicira", status.Description!.Manufacturer);
        Assert.Equal(["p2", "p9"], status.Ports.Select(port => port.Name));
        Assert.Equal(2, status.Received["PortStatus"]);
        Assert.Equal(1, status.Sent["SetConfig"]);
        Assert.Equal(controller.Time.GetUtcNow(), status.ConnectedSince);
    }
}
