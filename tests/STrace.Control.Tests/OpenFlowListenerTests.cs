namespace STrace.Control.Tests;

public sealed class OpenFlowListenerTests
{
    [Fact]
    public async Task Start_AddressInUse_SaysSoInOneSentence()
    {
        await using var first = new RunningController();
        var failure = Assert.Throws<ControlException>(() => new RunningController(listen: first.Endpoint));
        Assert.Equal(
            $"cannot listen for switches on {first.Endpoint}: the address is in use (does another manager run?)", failure.Message);
    }

    [Fact]
    public async Task RunAsync_Cancelled_ClosesTheConnections()
    {
        var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        await controller.DisposeAsync();

        await peer.ExpectCloseAsync();
        Assert.Equal(1, controller.Registry.Disconnects[DisconnectReason.Stopped]);
        Assert.Empty(controller.Registry.Connected);
    }
}
