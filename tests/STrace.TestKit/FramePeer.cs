using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using STrace.AgentProtocol;

namespace STrace.TestKit;

/// <summary>One side of a connection between agent and manager that says only what the test tells it to.</summary>
public sealed class FramePeer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly NetworkStream _stream;
    private readonly PipeReader _pipe;

    /// <param name="socket">Connected; closed with the peer.</param>
    public FramePeer(Socket socket)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _pipe = PipeReader.Create(_stream);
    }

    /// <param name="frame">As <see cref="FrameCodec"/> encodes it; or not, where the peer is to be a bad one.</param>
    public async Task SendAsync(byte[] frame) => await _stream.WriteAsync(frame);

    /// <summary>Reads the next frame, which must be of this type.</summary>
    public async Task<T> ExpectAsync<T>()
        where T : class
    {
        object frame = await ReadAsync() ?? throw new InvalidOperationException($"the connection was closed, {typeof(T).Name} expected");
        return frame as T ?? throw new InvalidOperationException($"{typeof(T).Name} expected, but came {frame}");
    }

    /// <summary>Reads until the other side closes the connection.</summary>
    public async Task ExpectCloseAsync()
    {
        while (await ReadAsync() is not null)
        {
        }
    }

    /// <summary>The next frame; null when the other side has closed the connection.</summary>
    public async Task<object?> ReadAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            while (true)
            {
                ReadResult read = await _pipe.ReadAsync(deadline.Token);
                ReadOnlySequence<byte> buffer = read.Buffer;
                bool whole = FrameCodec.TryReadFrame(ref buffer, out ReadOnlySequence<byte> frame);
                byte[] copy = whole ? frame.ToArray() : [];
                _pipe.AdvanceTo(buffer.Start, whole ? buffer.Start : buffer.End);
                if (whole)
                    return FrameCodec.Decode(copy);
                if (read.IsCompleted)
                    return null;
            }
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => _stream.Dispose();
}
