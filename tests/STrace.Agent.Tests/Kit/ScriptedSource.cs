using System.Collections.Concurrent;
using STrace.Capture;

namespace STrace.Agent.Tests;

/// <summary>A capture that sees what the test puts in.</summary>
internal sealed class ScriptedSource(LinkType linkType = LinkType.LinuxSll2) : IPacketSource
{
    private readonly BlockingCollection<(CapturedPacketHeader Header, byte[] Frame)?> _packets = [];
    private CaptureException? _broken;
    private long _received;
    private long _handled;

    /// <summary>Lost by the kernel so far.</summary>
    public long Dropped { get; set; }

    public bool IsDisposed { get; private set; }

    /// <summary>Packets that the handler has taken.</summary>
    public long Handled => Interlocked.Read(ref _handled);

    public LinkType LinkType => linkType;

    public void See(byte[] frame, long timeNs = 1, int interfaceIndex = 2, PacketDirection direction = PacketDirection.In)
    {
        Interlocked.Increment(ref _received);
        _packets.Add((new CapturedPacketHeader(timeNs, frame.Length, frame.Length, interfaceIndex, direction), frame));
    }

    /// <summary>The kernel counts a packet that does not come.</summary>
    public void Withhold() => Interlocked.Increment(ref _received);

    public void Break(CaptureException how)
    {
        _broken = how;
        _packets.Add(null);
    }

    public bool Dispatch(PacketHandler handler)
    {
        if (!_packets.TryTake(out var packet, Timeout.Infinite))
            return false;
        if (packet is not { } seen)
            throw _broken!;
        handler(seen.Header, seen.Frame);
        Interlocked.Increment(ref _handled);
        return true;
    }

    public CaptureStatistics ReadStatistics() => new(Interlocked.Read(ref _received) + Dropped, Dropped, 0);

    public void Stop() => _packets.CompleteAdding();

    public void Dispose() => IsDisposed = true;
}
