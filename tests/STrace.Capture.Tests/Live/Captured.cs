namespace STrace.Capture.Tests.Live;

/// <summary>A packet that a source handed out.</summary>
internal sealed record Captured(CapturedPacketHeader Header, byte[] Frame)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Reads until the packets suffice; fails when they do not in time.</summary>
    public static List<Captured> Read(IPacketSource source, Func<List<Captured>, bool> suffice)
    {
        var packets = new List<Captured>();
        using var deadline = new Timer(_ => source.Stop(), null, Patience, Timeout.InfiniteTimeSpan);
        while (!suffice(packets))
        {
            Assert.True(
                source.Dispatch((in header, frame) => packets.Add(new Captured(header, frame.ToArray()))),
                $"{packets.Count} packets in {Patience.TotalSeconds} s");
        }
        return packets;
    }

    public static List<Captured> Read(IPacketSource source, int count) => Read(source, packets => packets.Count >= count);
}
