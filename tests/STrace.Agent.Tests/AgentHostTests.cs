using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
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
        await manager.ExpectAsync<ArmedFrame>();
        string path = agent.Services.GetRequiredService<ArenaPool>().OfUser(User.Id, User.GroupId).Path;
        using var application = new Producer(path);
        Assert.True(application.IsArmed);
        application.Claim(0);
        application.Publish(0, Records.Call(1));

        Task stopping = agent.StopAsync();
        var block = await manager.ExpectAsync<BlockFrame>();
        var watermark = await manager.ExpectAsync<WatermarkFrame>();
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
}
