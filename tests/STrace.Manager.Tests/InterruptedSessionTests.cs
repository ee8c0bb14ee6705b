using STrace.Storage;

namespace STrace.Manager.Tests;

/// <summary>A session whose manager died.</summary>
public sealed class InterruptedSessionTests
{
    [Fact]
    public async Task Block_ThatAnAgentKeptForIt_IsStillStored()
    {
        await using RunningManager manager = await RunningManager.StartAsync(Interrupt);
        using ScriptedAgent agent = await manager.AgentAsync();

        await agent.AcknowledgedAsync(await agent.SendBlockAsync("old"));

        ISession session = manager.Store.Open("old");
        Assert.Equal([1L], session.ReadBlocks(BlockKind.Events).Select(b => b.Header.FirstSequence));
        Assert.Equal(["h1"], session.Hosts.Select(h => h.Name));
    }

    [Fact]
    public async Task List_AfterARestart_SaysThatItWasInterrupted()
    {
        await using RunningManager manager = await RunningManager.StartAsync(Interrupt);

        Assert.Contains("\"interrupted\"", await manager.Http.GetStringAsync("sessions"), StringComparison.Ordinal);
    }

    private static void Interrupt(ISessionStore store)
    {
        store.Create("old", ScriptedAgent.TimeNs);
        store.OpenWriter("old").Dispose();
    }
}
