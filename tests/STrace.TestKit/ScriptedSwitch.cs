using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using STrace.OpenFlow;

namespace STrace.TestKit;

/// <summary>A peer that speaks OpenFlow 1.0 over a real socket and says only what the test tells it to.</summary>
public sealed class ScriptedSwitch : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TcpClient _client;
    private readonly List<byte[]> _sent = [];
    private readonly List<byte[]> _received = [];

    private ScriptedSwitch(TcpClient client)
    {
        _client = client;
        _client.NoDelay = true;
    }

    /// <summary>Whether LLDP is read like other messages; else it is passed over, as a host passes over it.</summary>
    public bool ReadsLldp { get; set; }

    /// <summary>Every message that was sent, as bytes, in order.</summary>
    public IReadOnlyList<byte[]> Sent => _sent;

    /// <summary>Every message that was received, as bytes, in order.</summary>
    public IReadOnlyList<byte[]> Received => _received;

    /// <summary>The peer at the other end of a connection that was accepted: a controller, to a proxy.</summary>
    public static ScriptedSwitch Of(TcpClient accepted) => new(accepted);

    /// <summary>Connects and says nothing.</summary>
    public static async Task<ScriptedSwitch> ConnectAsync(IPEndPoint endpoint)
    {
        var peer = new ScriptedSwitch(new TcpClient());
        await peer._client.ConnectAsync(endpoint);
        return peer;
    }

    /// <summary>Connects, shakes hands as a switch with two ports and no description, and reads up to its first FLOW_MOD.</summary>
    public static async Task<ScriptedSwitch> UpAsync(IPEndPoint endpoint, ulong dpid)
    {
        var peer = await ConnectAsync(endpoint);
        await peer.SendAsync(new HelloMessage());
        await peer.AnswerFeaturesAsync(dpid);
        await peer.ExpectAsync<StatsRequestMessage>();
        await peer.ExpectAsync<SetConfigMessage>();
        await peer.ExpectAsync<FlowModMessage>();
        return peer;
    }

    /// <summary>Reads HELLO and FEATURES_REQUEST and answers the latter.</summary>
    public async Task AnswerFeaturesAsync(ulong dpid)
    {
        await ExpectAsync<HelloMessage>();
        var request = await ExpectAsync<FeaturesRequestMessage>();
        await SendAsync(Features(dpid) with { Xid = request.Xid });
    }

    public static FeaturesReplyMessage Features(ulong dpid) => new()
    {
        DatapathId = dpid,
        Tables = 1,
        Ports = [new PortDescription { Number = 1, Name = "p1" }, new PortDescription { Number = 2, Name = "p2" }],
    };

    public Task SendAsync(OpenFlowMessage message) => SendBytesAsync(OpenFlowCodec.Encode(message));

    public async Task SendBytesAsync(byte[] bytes)
    {
        _sent.Add(bytes);
        await _client.GetStream().WriteAsync(bytes);
    }

    /// <summary>Reads the next message, which must be of this type.</summary>
    public async Task<T> ExpectAsync<T>()
        where T : OpenFlowMessage
    {
        var message = await ReadAsync() ?? throw new InvalidOperationException($"the connection was closed, {typeof(T).Name} expected");
        return message as T ?? throw new InvalidOperationException($"{typeof(T).Name} expected, but came {message}");
    }

    /// <summary>Has everything sent so far answered: an echo goes to the manager and back, and nothing may come before it.</summary>
    public async Task ExpectNothingAsync()
    {
        const uint xid = 0x0ec40000;
        await SendAsync(new EchoRequestMessage { Xid = xid });
        var reply = await ExpectAsync<EchoReplyMessage>();
        if (reply.Xid != xid)
            throw new InvalidOperationException($"the answer to another echo came: {reply}");
    }

    /// <summary>Reads until the manager closes the connection.</summary>
    public async Task ExpectCloseAsync()
    {
        while (await ReadAsync() is not null)
        {
        }
    }

    /// <summary>The next message; null when the manager has closed the connection.</summary>
    public async Task<OpenFlowMessage?> ReadAsync()
    {
        while (true)
        {
            var message = await ReadAnyAsync();
            if (ReadsLldp || message is not PacketOutMessage packet || !IsLldp(packet))
                return message;
        }
    }

    /// <summary>The next message's bytes, which need not be OpenFlow; LLDP is passed over.</summary>
    public async Task<byte[]> ReadBytesAsync()
    {
        while (true)
        {
            var frame = await ReadFrameAsync() ?? throw new InvalidOperationException("the connection was closed, a message expected");
            if (frame[1] != (byte)MessageType.PacketOut || !IsLldp((PacketOutMessage)OpenFlowCodec.Decode(frame)))
                return frame;
        }
    }

    private static bool IsLldp(PacketOutMessage packet)
    {
        const int etherTypeOffset = 12;
        const ushort lldp = 0x88cc;
        return packet.Data.Length > etherTypeOffset + 2 &&
            BinaryPrimitives.ReadUInt16BigEndian(packet.Data.Span[etherTypeOffset..]) == lldp;
    }

    private async Task<OpenFlowMessage?> ReadAnyAsync() => await ReadFrameAsync() is { } frame ? OpenFlowCodec.Decode(frame) : null;

    private async Task<byte[]?> ReadFrameAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        var stream = _client.GetStream();
        var header = new byte[OpenFlowFraming.HeaderLength];
        try
        {
            if (await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, deadline.Token) < header.Length)
                return null;
            var frame = new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2))];
            header.CopyTo(frame, 0);
            await stream.ReadExactlyAsync(frame.AsMemory(header.Length), deadline.Token);
            _received.Add(frame);
            return frame;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => _client.Dispose();
}
