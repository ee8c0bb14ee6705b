using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using STrace.TestKit;

namespace STrace.Agent.Tests;

public sealed class AttachServerTests : IDisposable
{
    private const int RequestBytes = 8;
    private const int ReplyBytes = 128;
    private const uint Ok = 0, WrongVersion = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly AgentOptions _options;
    private readonly AgentCounters _counters = new();
    private readonly ArenaPool _arenas;
    private readonly AttachServer _server;

    public AttachServerTests()
    {
        _options = new AgentOptions
        {
            Host = $"test-{Guid.NewGuid():N}",
            Manager = "unix:x",
            Socket = _folder["run/agent.sock"],
            Rings = 2,
            RecordsPerRing = 8,
        };
        _arenas = new ArenaPool(_options, new TickClock(), _counters, NullLogger<ArenaPool>.Instance);
        _server = NewServer();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _server.Dispose();
        _arenas.Dispose();
        _stop.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Request_OfThisVersion_IsGivenTheUsersArena()
    {
        Serve();

        byte[] reply = await AskAsync(Request(ArenaHeader.WireMagic, ArenaHeader.WireVersion));

        Arena arena = Assert.Single(_arenas.All);
        Assert.Equal((ArenaHeader.WireMagic, ArenaHeader.WireVersion, Ok), (Number(reply, 0), Number(reply, 4), Number(reply, 8)));
        Assert.Equal((ulong)arena.Bytes, BinaryPrimitives.ReadUInt64LittleEndian(reply.AsSpan(16)));
        Assert.Equal(arena.Path, Encoding.UTF8.GetString(reply.AsSpan(24)).TrimEnd('\0'));
        Assert.True(File.Exists(arena.Path));
    }

    [Fact]
    public async Task Request_OfTheSameUserAgain_IsGivenTheSameArena()
    {
        Serve();

        byte[] first = await AskAsync(Request(ArenaHeader.WireMagic, ArenaHeader.WireVersion));
        byte[] second = await AskAsync(Request(ArenaHeader.WireMagic, ArenaHeader.WireVersion));

        Assert.Equal(first, second);
    }

    [Fact]
    public async Task Request_OfThisVersion_LinksTheArenaForTheUsersNextApplications()
    {
        Serve();

        await AskAsync(Request(ArenaHeader.WireMagic, ArenaHeader.WireVersion));

        Assert.Equal(Assert.Single(_arenas.All).Path, new FileInfo($"{_options.Socket}.{User.Id}").LinkTarget);
    }

    [Fact]
    public void Dispose_LinkedArena_TakesTheLinkAway()
    {
        _server.Listen();
        using (var arenas = new ArenaPool(_options, new TickClock(), _counters, NullLogger<ArenaPool>.Instance))
            arenas.OfUser(User.Id, User.GroupId);

        Assert.Equal([_options.Socket], Directory.EnumerateFiles(_folder["run"]));
    }

    [Theory]
    [InlineData(ArenaHeader.WireMagic, ArenaHeader.WireVersion + 1)]
    [InlineData(ArenaHeader.WireMagic + 1, ArenaHeader.WireVersion)]
    public async Task Request_OfAnotherVersion_IsToldSoAndGivenNothing(uint magic, uint version)
    {
        Serve();

        byte[] reply = await AskAsync(Request(magic, version));

        Assert.Equal((ArenaHeader.WireVersion, WrongVersion, 0u), (Number(reply, 4), Number(reply, 8), Number(reply, 16)));
        Assert.Empty(_arenas.All);
    }

    [Fact]
    public async Task Request_Half_IsClosedAndCostsNobodyElse()
    {
        Serve();
        using Socket half = await ConnectAsync();
        await half.SendAsync(new byte[RequestBytes / 2]);
        half.Shutdown(SocketShutdown.Send);

        Assert.Equal(0, await half.ReceiveAsync(new byte[1]).WaitAsync(Patience));
        Assert.Equal(Ok, Number(await AskAsync(Request(ArenaHeader.WireMagic, ArenaHeader.WireVersion)), 8));
    }

    [Fact]
    public async Task Request_InTwoParts_IsAnswered()
    {
        Serve();
        byte[] request = Request(ArenaHeader.WireMagic, ArenaHeader.WireVersion);
        using Socket application = await ConnectAsync();

        await application.SendAsync(request.AsMemory(0, 3));
        await AskAsync(request); // a round trip, so that the first part has surely been read
        await application.SendAsync(request.AsMemory(3));

        Assert.Equal(Ok, Number(await ReplyAsync(application), 8));
    }

    [Fact]
    public async Task Listen_AnotherAgentHasTheSocket_IsRefusedAndLeavesItAlone()
    {
        Serve();
        using (AttachServer second = NewServer())
        {
            var refused = Assert.Throws<AgentException>(second.Listen);
            Assert.Equal($"an agent of host {_options.Host} already listens on {_options.Socket}", refused.Message);
            Assert.False(refused.Permission);
        }

        Assert.Equal(Ok, Number(await AskAsync(Request(ArenaHeader.WireMagic, ArenaHeader.WireVersion)), 8));
    }

    [Fact]
    public async Task Request_OfAnotherVersion_IsCounted()
    {
        Serve();

        await AskAsync(Request(ArenaHeader.WireMagic, ArenaHeader.WireVersion + 1));

        Assert.Equal(1, _counters.AttachRefused);
    }

    [Fact]
    public async Task Request_ApplicationHasGivenUp_IsCountedAndItsArenaLinked()
    {
        _server.Listen();
        using (Socket application = await ConnectAsync())
            await application.SendAsync(Request(ArenaHeader.WireMagic, ArenaHeader.WireVersion));

        _ = _server.RunAsync(_stop.Token);

        await Eventually.TrueAsync(() => _counters.AttachGivenUp == 1, "who gave up is counted");
        Assert.Equal(Assert.Single(_arenas.All).Path, new FileInfo($"{_options.Socket}.{User.Id}").LinkTarget);
    }

    [Fact]
    public async Task Listen_KilledAgentLeftItsSocket_TakesItOver()
    {
        LeaveStaleSocket();

        Serve();

        Assert.Equal(Ok, Number(await AskAsync(Request(ArenaHeader.WireMagic, ArenaHeader.WireVersion)), 8));
    }

    [Fact]
    public void Listen_TheSocket_IsEverybodysToConnectTo()
    {
        _server.Listen();

        Assert.Equal((UnixFileMode)0b110_110_110, File.GetUnixFileMode(_options.Socket));
    }

    [Fact]
    public void Listen_FolderCannotBeMade_SaysWhereAndWhatToDo()
    {
        File.WriteAllText(_folder["run"], "in the way");

        var refused = Assert.Throws<AgentException>(_server.Listen);

        Assert.StartsWith($"cannot listen for applications on {_options.Socket}: ", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("run the agent as root, or give it a --socket of yours", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_AfterListening_TakesTheSocketAway()
    {
        _server.Listen();

        _server.Dispose();

        Assert.False(File.Exists(_options.Socket));
    }

    [Fact]
    public void AdoptLeftovers_NobodyUsesThem_RemovesThoseOfThisHostOnly()
    {
        string mine = $"/dev/shm/s-trace-{_options.Host}-0-1.arena";
        string anothers = $"/dev/shm/s-trace-{_options.Host}-db-0-1.arena";
        File.WriteAllText(mine, "");
        File.WriteAllText(anothers, "");
        try
        {
            _arenas.AdoptLeftovers();

            Assert.Equal((false, true), (File.Exists(mine), File.Exists(anothers)));
            Assert.Empty(_arenas.All);
        }
        finally
        {
            File.Delete(anothers);
        }
    }

    [Fact]
    public void AdoptLeftovers_AnotherAgentOfTheHostRuns_LeavesItsArenaAloneAndSaysSo()
    {
        Arena live = _arenas.OfUser(User.Id, User.GroupId);
        _arenas.Arm(true);
        using var application = new MappingProcess(live.Path);
        var log = new CollectingLogger<ArenaPool>();
        using var second = new ArenaPool(_options with { Socket = _folder["other.sock"] }, new TickClock(), new AgentCounters(), log);

        second.AdoptLeftovers();
        Arena own = second.OfUser(User.Id, User.GroupId);

        Assert.Equal([own], second.All);
        Assert.NotEqual(live.Path, own.Path);
        using var attached = new Producer(live.Path);
        Assert.True(attached.IsArmed);
        Assert.Contains($"(process {Environment.ProcessId})", Assert.Single(log.OfEvent(29)), StringComparison.Ordinal);
    }

    [Fact]
    public void AdoptLeftovers_TheOtherAgentHasEnded_GoesOnWithItsArena()
    {
        string left;
        MappingProcess application;
        using (var ended = new ArenaPool(_options, new TickClock(), _counters, NullLogger<ArenaPool>.Instance))
        {
            left = ended.OfUser(User.Id, User.GroupId).Path;
            application = new MappingProcess(left);
        }

        using (application)
            _arenas.AdoptLeftovers();

        Assert.Equal(left, Assert.Single(_arenas.All).Path);
    }

    [Fact]
    public void Dispose_LockedArena_LeavesNothing()
    {
        _server.Listen();
        using (var arenas = new ArenaPool(_options, new TickClock(), _counters, NullLogger<ArenaPool>.Instance))
            arenas.OfUser(User.Id, User.GroupId);

        Assert.Empty(Directory.EnumerateFiles("/dev/shm", $"s-trace-{_options.Host}-*"));
    }

    [Fact]
    public void AdoptLeftovers_LinksOfAKilledAgent_RemovesThemAndNothingElse()
    {
        _server.Listen();
        File.CreateSymbolicLink($"{_options.Socket}.1000", "/dev/shm/gone.arena");
        File.WriteAllText($"{_options.Socket}.1001", "no link");
        File.CreateSymbolicLink($"{_options.Socket}.old", "/dev/shm/gone.arena");

        _arenas.AdoptLeftovers();

        Assert.Equal(["agent.sock", "agent.sock.1001", "agent.sock.old"], Directory.EnumerateFiles(_folder["run"]).Select(Path.GetFileName).Order());
    }

    private AttachServer NewServer() => new(_options, _arenas, _counters, NullLogger<AttachServer>.Instance);

    private void Serve()
    {
        _server.Listen();
        _ = _server.RunAsync(_stop.Token);
    }

    private void LeaveStaleSocket()
    {
        string elsewhere = _folder["stale.sock"];
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            killed.Bind(new UnixDomainSocketEndPoint(elsewhere));
            Directory.CreateDirectory(Path.GetDirectoryName(_options.Socket)!);
            File.Move(elsewhere, _options.Socket); // else closing it would take the name away
        }
    }

    private static byte[] Request(uint magic, uint version)
    {
        var request = new byte[RequestBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(request, magic);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(4), version);
        return request;
    }

    private async Task<byte[]> AskAsync(byte[] request)
    {
        using Socket application = await ConnectAsync();
        await application.SendAsync(request);
        return await ReplyAsync(application);
    }

    private async Task<Socket> ConnectAsync()
    {
        var application = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await application.ConnectAsync(new UnixDomainSocketEndPoint(_options.Socket));
        return application;
    }

    private static async Task<byte[]> ReplyAsync(Socket application)
    {
        var reply = new byte[ReplyBytes];
        await using var stream = new NetworkStream(application, ownsSocket: false);
        await stream.ReadExactlyAsync(reply).AsTask().WaitAsync(Patience);
        return reply;
    }

    private static uint Number(byte[] reply, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(reply.AsSpan(offset));
}
