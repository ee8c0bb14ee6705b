using System.Buffers;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>The block that records gather in until it is cut off and goes to the spool. For one thread at a time.</summary>
internal sealed class PendingBlock(Spool spool)
{
    private const int FullBytes = 256 * 1024;

    private readonly ArrayBufferWriter<byte> _payload = new(FullBytes);
    private long _firstNs = long.MaxValue;
    private long _lastNs;
    private int _count;

    /// <summary>Takes the records' bytes; each record is counted beside.</summary>
    public IBufferWriter<byte> Payload => _payload;

    public bool IsFull => _payload.WrittenCount >= FullBytes;

    public void Count(long timeNs)
    {
        _count++;
        _firstNs = Math.Min(_firstNs, timeNs);
        _lastNs = Math.Max(_lastNs, timeNs);
    }

    /// <summary>Gives what has gathered to the spool, if anything has.</summary>
    public void Cut(FrameType kind, string session)
    {
        if (_count > 0)
        {
            spool.Add(sequence => FrameCodec.Encode(
                new BlockFrame(kind, session, sequence, _firstNs, _lastNs, _count, _payload.WrittenMemory)));
        }
        _payload.ResetWrittenCount();
        _count = 0;
        _firstNs = long.MaxValue;
        _lastNs = 0;
    }
}
