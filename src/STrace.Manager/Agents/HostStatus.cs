using STrace.AgentProtocol;

namespace STrace.Manager;

/// <summary>The newest that an agent told of its host, on one connection. Written by the connection's receiver, read by any thread.</summary>
internal sealed class HostStatus
{
    private long _lastEventNs;

    /// <summary>Null until it told.</summary>
    public IReadOnlyList<ProcessRecord>? Processes { get; private set; }

    /// <summary>Null until it told.</summary>
    public LossRecord? Loss { get; private set; }

    /// <summary>Of the latest call that was received; ns since the epoch, 0 before the first.</summary>
    public long LastEventNs => Interlocked.Read(ref _lastEventNs);

    /// <exception cref="AgentProtocolException">The block is not of its kind's form.</exception>
    public void Learn(BlockFrame block)
    {
        switch (block.Kind)
        {
            case FrameType.Processes:
                Processes = ProcessRecord.Read(block.Payload);
                break;
            case FrameType.Loss:
                Loss = LossRecord.Read(block.Payload);
                break;
            case FrameType.Events:
                Interlocked.Exchange(ref _lastEventNs, Math.Max(LastEventNs, block.LastNs));
                break;
        }
    }
}
