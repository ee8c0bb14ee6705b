using System.Buffers;
using System.Runtime.InteropServices;
using STrace.AgentProtocol;
using STrace.Model;
using STrace.TestKit;

namespace STrace.Manager.Tests;

/// <summary>An agent that says only what the test tells it to, and numbers its blocks.</summary>
internal sealed class ScriptedAgent(FramePeer peer, string host, Guid agent) : IDisposable
{
    public const long TimeNs = 1_404_430_317_081_565_000;

    private string? _session;

    public FramePeer Peer => peer;

    public Guid Agent => agent;

    /// <summary>Of the last block that was sent.</summary>
    public long Sequence { get; set; }

    /// <summary>What the manager said has been stored when this agent connected.</summary>
    public long LastStored { get; private set; }

    public static HelloFrame Hello(string host, Guid agent) =>
        new(FrameCodec.Version, agent, host, [IpAddress.FromBytes([10, 0, 0, 1])], TimeNs);

    public static async Task<ScriptedAgent> WelcomedAsync(FramePeer peer, string host, Guid agent)
    {
        await peer.SendAsync(FrameCodec.Encode(Hello(host, agent)));
        var welcome = await peer.ExpectAsync<WelcomeFrame>();
        var configure = await peer.ExpectAsync<ConfigureFrame>();
        return new ScriptedAgent(peer, host, agent) { LastStored = welcome.LastStored, _session = configure.Session };
    }

    /// <summary>The session that the manager wants recorded, by what it said last.</summary>
    public string? Session => _session;

    /// <summary>Reads up to the next CONFIGURE.</summary>
    public async Task<string?> ConfiguredAsync()
    {
        object? frame;
        do
            frame = await peer.ReadAsync() ?? throw new InvalidOperationException($"the manager closed the connection of {host}");
        while (frame is not ConfigureFrame);
        return _session = ((ConfigureFrame)frame).Session;
    }

    public async Task ArmAsync(string session)
    {
        Assert.Equal(session, await ConfiguredAsync());
        await peer.SendAsync(FrameCodec.Encode(new ArmedFrame(session, ++Sequence)));
    }

    public async Task FinishAsync()
    {
        string session = _session!;
        Assert.Null(await ConfiguredAsync());
        await peer.SendAsync(FrameCodec.Encode(new WatermarkFrame(session, ++Sequence, TimeNs, 0)));
    }

    /// <summary>Sends the next block, with one call in it.</summary>
    public async Task<long> SendBlockAsync(string session)
    {
        await peer.SendAsync(FrameCodec.Encode(Block(session, ++Sequence)));
        return Sequence;
    }

    /// <summary>Reads up to the acknowledgement of this sequence.</summary>
    public async Task AcknowledgedAsync(long sequence)
    {
        while (await peer.ReadAsync() is { } frame)
        {
            if (frame is AckFrame ack && ack.Sequence >= sequence)
                return;
        }
        throw new InvalidOperationException($"the manager closed the connection of {host} before it acknowledged {sequence}");
    }

    public void Dispose() => peer.Dispose();

    public static BlockFrame Block(string session, long sequence)
    {
        var call = new CallRecord { Enter = TimeNs, Sequence = (uint)sequence, Op = (ushort)Operation.ReadSocket };
        var payload = new ArrayBufferWriter<byte>();
        new RecordRun(1, 100, 100, 1, 0, "app").Write(payload, MemoryMarshal.AsBytes(new ReadOnlySpan<CallRecord>(in call)));
        return new BlockFrame(FrameType.Events, session, sequence, TimeNs, TimeNs, 1, payload.WrittenMemory);
    }
}
