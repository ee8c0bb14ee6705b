using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using STrace.Agent;
using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.Cli;

/// <summary>An agent in this process, on a socket of its own, and as much of a manager as takes its records.</summary>
internal sealed class PrivateRecorder : IDisposable
{
    private const string Host = "coverage";
    private const uint Rings = 2048;

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly TaskCompletionSource _armed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IHost _agent;
    private HostEventReader? _records;
    private NetworkStream? _stream;
    private Task _receiving = Task.CompletedTask;

    /// <param name="folder">Where its sockets are made.</param>
    public PrivateRecorder(string folder)
    {
        string manager = Path.Combine(folder, "manager.sock");
        Socket = Path.Combine(folder, "agent.sock");
        _listener.Bind(new UnixDomainSocketEndPoint(manager));
        _listener.Listen();
        _agent = AgentHost.Build(
            new AgentOptions { Host = $"{Host}-{Environment.ProcessId}", Manager = $"unix:{manager}", Socket = Socket, Rings = Rings }, _ => { });
    }

    /// <summary>Where applications attach.</summary>
    public string Socket { get; }

    /// <summary>On return every call of an application that attaches is recorded.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        await _agent.StartAsync(ct);
        _stream = new NetworkStream(await _listener.AcceptAsync(ct), ownsSocket: true);
        _receiving = ReceiveAsync(_stream);
        await await Task.WhenAny(_armed.Task, _receiving);
    }

    /// <returns>All that was recorded, and how many calls were lost.</returns>
    public async Task<(IReadOnlyList<HostEvent> Records, long Lost)> StopAsync(CancellationToken ct)
    {
        await _stream!.WriteAsync(FrameCodec.Encode(new ConfigureFrame(null)), ct);
        await _receiving;
        HostRecords read = _records!.Read();
        await _agent.StopAsync(ct);
        return (read.Events, read.Losses.Sum(l => (long)l.LastSequence - l.FirstSequence + 1));
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _listener.Dispose();
        _agent.Dispose();
    }

    /// <summary>Ends with the session.</summary>
    private async Task ReceiveAsync(NetworkStream stream)
    {
        PipeReader pipe = PipeReader.Create(stream);
        while (true)
        {
            ReadResult read = await pipe.ReadAsync();
            ReadOnlySequence<byte> buffer = read.Buffer;
            while (FrameCodec.TryReadFrame(ref buffer, out ReadOnlySequence<byte> frame))
            {
                object decoded = FrameCodec.Decode(frame.ToArray());
                foreach (byte[] answer in Answers(decoded))
                    await stream.WriteAsync(answer);
                if (decoded is WatermarkFrame)
                    return;
            }
            pipe.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
                throw new CliException(ExitStatus.Bug, "the recorder ended before its session");
        }
    }

    private IEnumerable<byte[]> Answers(object frame)
    {
        switch (frame)
        {
            case HelloFrame hello:
                _records = new HostEventReader(hello.Host, hello.Agent);
                return [FrameCodec.Encode(new WelcomeFrame(FrameCodec.Version, 0)), FrameCodec.Encode(new ConfigureFrame(Host))];
            case BlockFrame block:
                if (block.Kind is FrameType.Events or FrameType.ObjectSnapshot)
                    _records!.Add(block.Payload);
                return [FrameCodec.Encode(new AckFrame(block.Sequence))];
            case ArmedFrame armed:
                _armed.SetResult();
                return [FrameCodec.Encode(new AckFrame(armed.Sequence))];
            case WatermarkFrame watermark:
                return [FrameCodec.Encode(new AckFrame(watermark.Sequence))];
            default:
                return [];
        }
    }
}
