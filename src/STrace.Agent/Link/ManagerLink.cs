using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.Agent;

/// <summary>
/// The connection to the manager, made again whenever it breaks. Blocks go out in order and stay in the spool until the manager
/// says that they are stored; after a reconnect they are sent again from the first that it does not have.
/// </summary>
internal sealed class ManagerLink(LinkOptions options, Spool spool, ILinkHandler handler, ILogger<ManagerLink> logger)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);

    private readonly Guid _agent = Guid.NewGuid();
    private readonly EndPoint _manager = ManagerAddress.Parse(options.Manager);
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first connection stands, or has failed.</summary>
    public Task Tried => _tried.Task;

    public async Task RunAsync(CancellationToken stop)
    {
        TimeSpan retry = FirstRetry;
        bool told = false;
        long droppedTold = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using Socket socket = ManagerAddress.CreateSocket(_manager);
                if (_manager is UnixDomainSocketEndPoint && !File.Exists(_manager.ToString()))
                    throw new IOException("there is no such socket");
                await socket.ConnectAsync(_manager, stop);
                LogMessages.Connected(logger, options.Manager);
                (retry, told) = (FirstRetry, false);
                await TalkAsync(socket, stop);
            }
            catch (AgentProtocolException e)
            {
                LogMessages.ProtocolBroken(logger, e.Message);
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                if (!told)
                    LogMessages.Unreachable(logger, options.Manager, e.Message);
                told = true;
            }
            _tried.TrySetResult();
            if (spool.Dropped > droppedTold)
                LogMessages.SpoolFull(logger, droppedTold = spool.Dropped);
            await Task.Delay(retry, stop);
            retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
        }
    }

    private async Task TalkAsync(Socket socket, CancellationToken stop)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        using var writing = new SemaphoreSlim(1);
        var welcome = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        await WriteAsync(FrameCodec.Encode(
            new HelloFrame(FrameCodec.Version, _agent, options.Host, OwnAddresses(), TickClock.NowNs)));
        foreach (byte[] frame in handler.Greet())
            await WriteAsync(frame);
        _tried.TrySetResult();

        Task[] talks = [ReceiveAsync(stream, welcome, WriteAsync, both.Token), SendBlocksAsync(welcome.Task, WriteAsync, both.Token)];
        try
        {
            await await Task.WhenAny(talks);
        }
        finally
        {
            await both.CancelAsync();
            await Task.WhenAll(talks).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        async Task WriteAsync(byte[] frame)
        {
            await writing.WaitAsync(both.Token);
            try
            {
                await stream.WriteAsync(frame, both.Token);
            }
            finally
            {
                writing.Release();
            }
        }
    }

    private async Task ReceiveAsync(
        NetworkStream stream, TaskCompletionSource<long> welcome, Func<byte[], Task> write, CancellationToken ct)
    {
        PipeReader pipe = PipeReader.Create(stream);
        while (true)
        {
            ReadResult read = await pipe.ReadAsync(ct);
            ReadOnlySequence<byte> buffer = read.Buffer;
            while (FrameCodec.TryReadFrame(ref buffer, out ReadOnlySequence<byte> frame))
            {
                switch (FrameCodec.Decode(frame.ToArray()))
                {
                    case WelcomeFrame w:
                        spool.Acknowledge(w.LastStored);
                        welcome.TrySetResult(w.LastStored);
                        break;
                    case ConfigureFrame configure:
                        handler.Request(configure.Session);
                        break;
                    case AckFrame ack:
                        spool.Acknowledge(ack.Sequence);
                        break;
                    case PingFrame ping:
                        await write(FrameCodec.Encode(new PongFrame(ping.ManagerNs, TickClock.NowNs)));
                        break;
                    case var other:
                        if (handler.Handle(other) is { } answer)
                            await write(answer);
                        break;
                }
            }
            pipe.AdvanceTo(buffer.Start, buffer.End);
            if (handler.Rest() is { } last)
                await write(last);
            if (read.IsCompleted)
                throw new IOException("it closed the connection");
        }
    }

    private async Task SendBlocksAsync(Task<long> welcome, Func<byte[], Task> write, CancellationToken ct)
    {
        long sent = await welcome.WaitAsync(ct);
        while (true)
        {
            (sent, byte[] frame) = await spool.NextAsync(sent, ct);
            await write(frame);
        }
    }

    /// <summary>The host's addresses, IPv4 first, without loopback.</summary>
    private static IReadOnlyList<IpAddress> OwnAddresses() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Where(a => !a.Address.IsIPv6LinkLocal)
            .Select(a => IpAddress.FromBytes(a.Address.GetAddressBytes()))
            .OrderBy(a => a.IsV4 ? 0 : 1)
            .Take(byte.MaxValue),
    ];
}
