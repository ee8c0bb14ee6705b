using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using STrace.AgentProtocol;
using STrace.TestKit;

namespace STrace.Agent.Tests;

/// <summary>The agent as a whole, between an application and a manager.</summary>
public sealed class AgentHostTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly AgentOptions _options;

    public AgentHostTests() => _options = new AgentOptions
    {
        Host = $"test-{Guid.NewGuid():N}",
        Manager = $"unix:{_folder["manager.sock"]}",
        Socket = _folder["agent.sock"],
        Rings = 2,
        RecordsPerRing = 64,
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Stop_WhileASessionRecords_SendsTheLastRecordsAndCleansUp()
    {
        using var door = new ScriptedManager(_folder["manager.sock"]);
        using IHost agent = AgentHost.Build(_options, _ => { });
        await agent.StartAsync();
        using FramePeer manager = await door.WelcomeAsync();
        await manager.SendAsync(FrameCodec.Encode(new ConfigureFrame("s1")));
        await UntilAsync<ArmedFrame>(manager);
        string path = agent.Services.GetRequiredService<ArenaPool>().OfUser(User.Id, User.GroupId).Path;
        using var application = new Producer(path);
        Assert.True(application.IsArmed);
        application.Claim(0);
        application.Publish(0, Records.Call(1));

        Task stopping = agent.StopAsync();
        var block = await UntilAsync<BlockFrame>(manager);
        var watermark = await UntilAsync<WatermarkFrame>(manager);
        await manager.SendAsync(FrameCodec.Encode(new AckFrame(watermark.Sequence)));
        await stopping;
        agent.Dispose();

        Assert.Equal(("s1", 1), (block.Session, block.Count));
        Assert.Equal(0u, application.Arena.AgentAlive);
        Assert.False(File.Exists(path));
        Assert.False(File.Exists(_options.Socket));
    }

    [Fact]
    public async Task Start_SecondAgentOfTheHost_IsRefusedAndHarmsNothing()
    {
        using IHost first = AgentHost.Build(_options, _ => { });
        await first.StartAsync();
        string arena = first.Services.GetRequiredService<ArenaPool>().OfUser(User.Id, User.GroupId).Path;

        using (IHost second = AgentHost.Build(_options, _ => { }))
            await Assert.ThrowsAsync<AgentException>(() => second.StartAsync());

        Assert.True(File.Exists(arena));
        using var application = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await application.ConnectAsync(new UnixDomainSocketEndPoint(_options.Socket));
        await first.StopAsync();
    }

    [Fact]
    public async Task Start_KilledAgentLeftItsArena_ItsApplicationsGoOn()
    {
        string arena;
        using (var killed = new ArenaPool(_options, new TickClock(), new AgentCounters(), NullLogger<ArenaPool>.Instance))
        {
            arena = killed.OfUser(User.Id, User.GroupId).Path;
            killed.OfUser(User.Id, User.GroupId).Objects.Learn(1, Records.Object(5));
            File.Copy(arena, arena + "-", overwrite: true); // else its orderly end would take it away
            File.Copy(Arena.ObjectsPath(arena), Arena.ObjectsPath(arena) + "-", overwrite: true);
        }
        File.Move(arena + "-", arena);
        File.Move(Arena.ObjectsPath(arena) + "-", Arena.ObjectsPath(arena));
        using var application = new Producer(arena);
        application.Claim(0);
        using var other = new MappingProcess(arena);
        using var door = new ScriptedManager(_folder["manager.sock"]);

        using IHost agent = AgentHost.Build(_options, _ => { });
        await agent.StartAsync();
        using FramePeer manager = await door.WelcomeAsync();
        await manager.SendAsync(FrameCodec.Encode(new ConfigureFrame("s1")));
        await UntilAsync<ArmedFrame>(manager, block => Assert.Equal((FrameType.ObjectSnapshot, 1), (block.Kind, block.Count)));
        application.Publish(0, Records.Call(8));

        Assert.Equal(1, (await UntilAsync<BlockFrame>(manager)).Count);
        Assert.Equal(arena, Assert.Single(agent.Services.GetRequiredService<ArenaPool>().All).Path);
        Assert.Equal((1u, true), (application.Arena.AgentAlive, application.IsArmed));
        other.Dispose();
        await agent.StopAsync();
    }

    [Fact]
    public async Task Start_EarlierRunLeftBlocks_SendsThemAsThatRunAndThenConnectsAsItself()
    {
        AgentOptions options = _options with { SpoolFolder = _folder["spool"] };
        var left = Guid.NewGuid();
        Leave(left, blocks: 2);
        using var door = new ScriptedManager(_folder["manager.sock"]);
        using IHost agent = AgentHost.Build(options, _ => { });
        await agent.StartAsync();

        using (FramePeer first = await door.AcceptAsync())
        {
            Assert.Equal(left, (await first.ExpectAsync<HelloFrame>()).Agent);
            await first.SendAsync(FrameCodec.Encode(new WelcomeFrame(FrameCodec.Version, 1)));
            await first.SendAsync(FrameCodec.Encode(new ConfigureFrame("s1")));
            Assert.Equal(2, (await first.ExpectAsync<ArmedFrame>()).Sequence);
            await first.SendAsync(FrameCodec.Encode(new AckFrame(2)));
            await first.ExpectCloseAsync();
        }
        using FramePeer second = await door.AcceptAsync();

        Assert.NotEqual(left, (await second.ExpectAsync<HelloFrame>()).Agent);
        Assert.DoesNotContain(left, SpoolAt(_folder["spool"]).Runs);
        await agent.StopAsync();
    }

    [Fact]
    public async Task Start_ManagerNeverTakesWhatAnEarlierRunLeft_ConnectsAsItselfAndKeepsIt()
    {
        AgentOptions options = _options with { SpoolFolder = _folder["spool"] };
        var left = Guid.NewGuid();
        Leave(left, blocks: 1);
        using var door = new ScriptedManager(_folder["manager.sock"]);
        using IHost agent = AgentHost.Build(options, _ => { });
        await agent.StartAsync();

        HelloFrame hello;
        do
        {
            using FramePeer refusing = await door.AcceptAsync();
            hello = await refusing.ExpectAsync<HelloFrame>();
        }
        while (hello.Agent == left);

        Assert.Single(Directory.EnumerateDirectories(_folder["spool"]), d => d.EndsWith(left.ToString(), StringComparison.Ordinal));
        await agent.StopAsync();
    }

    [Fact]
    public async Task Start_SpoolCannotBeMade_SaysWhatToDo()
    {
        File.WriteAllText(_folder["spool"], "in the way");
        using IHost agent = AgentHost.Build(_options with { SpoolFolder = _folder["spool"] }, _ => { });

        var refused = await Assert.ThrowsAsync<AgentException>(() => agent.StartAsync());

        Assert.Contains("--spool", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_ManagerIsAway_LeavesWhatWasRecordedOnTheDisk()
    {
        AgentOptions options = _options with { SpoolFolder = _folder["spool"] };
        using IHost agent = AgentHost.Build(options, _ => { });
        await agent.StartAsync();
        agent.Services.GetRequiredService<DrainLoop>().Request("s1");
        string path = agent.Services.GetRequiredService<ArenaPool>().OfUser(User.Id, User.GroupId).Path;
        using var application = new Producer(path);
        await Eventually.TrueAsync(() => application.IsArmed, "the session records");
        application.Claim(0);
        application.Publish(0, Records.Call(1));

        await agent.StopAsync();

        SpoolFolder folder = SpoolAt(_folder["spool"]);
        using SpoolFiles left = SpoolFiles.Open(folder, Assert.Single(folder.Runs))!;
        Assert.InRange(left.Blocks, 3, 5); // ARMED, the call and WATERMARK, and what is told of the host's processes
    }

    /// <summary>The next such frame; a block is one of events. What the host's processes are is not looked at.</summary>
    private static async Task<T> UntilAsync<T>(FramePeer manager, Action<BlockFrame>? onOther = null)
        where T : class
    {
        while (true)
        {
            object? frame = await manager.ReadOtherAsync();
            if (frame is BlockFrame { Kind: FrameType.Processes or FrameType.Loss })
                continue;
            if (frame is T wanted)
                return wanted;
            (onOther ?? throw new InvalidOperationException($"{typeof(T).Name} expected, but came {frame}"))((BlockFrame)frame!);
        }
    }

    private static SpoolFolder SpoolAt(string path) => new(path, 1 << 20, new AgentCounters(), NullLogger<SpoolFolder>.Instance);

    private void Leave(Guid run, int blocks)
    {
        var spool = new Spool(0, SpoolFiles.New(SpoolAt(_folder["spool"]), run));
        for (int i = 0; i < blocks; i++)
            spool.Add(sequence => FrameCodec.Encode(new ArmedFrame("s1", sequence)), always: true);
        spool.Close();
    }
}
