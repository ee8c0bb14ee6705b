using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>How many messages of each type passed in one direction.</summary>
internal sealed class MessageCounters
{
    public const byte LastType = (byte)MessageType.QueueGetConfigReply;

    // One place behind the last type counts all unknown ones.
    private readonly long[] _counts = new long[LastType + 2];

    public void Count(byte type) => Interlocked.Increment(ref _counts[Math.Min((int)type, LastType + 1)]);

    /// <summary>Counts that are not zero by the type's name; "Unknown" for types that OpenFlow 1.0 does not have.</summary>
    public IReadOnlyDictionary<string, long> Snapshot()
    {
        var counts = new Dictionary<string, long>();
        for (var type = 0; type < _counts.Length; type++)
        {
            if (Interlocked.Read(ref _counts[type]) is > 0 and var count)
                counts[type > LastType ? "Unknown" : ((MessageType)type).ToString()] = count;
        }
        return counts;
    }
}
