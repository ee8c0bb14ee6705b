using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Messages of one connection on their way to the recorder. For one thread at a time.</summary>
internal sealed class ControlGather(ControlClock clock)
{
    // To read the clock costs more than to copy a message: of a long burst so many messages share a reading.
    private const int TimedAlone = 4, TimedTogether = 32;

    /// <summary>So much is handed on within a burst.</summary>
    private const int BurstBytes = 16 * 1024;

    // Who waits for an answer may end the recording when it is there; nobody waits for these.
    private const uint InMasses = 1u << (int)MessageType.PacketIn | 1u << (int)MessageType.PacketOut | 1u << (int)MessageType.FlowMod;

    private byte[] _log = [];
    private int _bytes;
    private int _count;
    private uint _types;
    private int _inBurst;
    private long _firstNs;
    private long _lastNs;
    private long _nowNs;

    public bool IsEmpty => _count == 0;

    /// <summary>It is to be handed on before anything else is done.</summary>
    public bool IsDue => _bytes >= BurstBytes || (_types & ~InMasses) != 0;

    public void Add(ulong dpid, ControlDirection direction, ReadOnlySpan<byte> frame)
    {
        if (_inBurst < TimedAlone || _inBurst % TimedTogether == 0)
            _nowNs = clock.NowNs;
        _inBurst++;
        Add(_nowNs, dpid, direction, frame);
    }

    public void Add(long timeNs, ulong dpid, ControlDirection direction, ReadOnlySpan<byte> frame)
    {
        ControlLogFormat.Write(Extend(ControlLogFormat.HeaderBytes + frame.Length), timeNs, dpid, direction, frame);
        Count(1, timeNs, timeNs, 1u << frame[OpenFlowFields.Type]);
    }

    /// <summary>Takes over everything of the other; what is added then is not earlier.</summary>
    public void Take(ControlGather other)
    {
        _nowNs = Math.Max(_nowNs, other._nowNs);
        other._log.AsSpan(0, other._bytes).CopyTo(Extend(other._bytes));
        Count(other._count, other._firstNs, other._lastNs, other._types);
        other.Clear();
    }

    public ControlBurst Burst(ulong dpid) => new(dpid, _log.AsMemory(0, _bytes), _count, _firstNs, _lastNs, _types);

    public void Clear() => (_bytes, _count, _types) = (0, 0, 0);

    /// <summary>What follows comes at another time.</summary>
    public void EndBurst() => _inBurst = 0;

    private Span<byte> Extend(int bytes)
    {
        var at = _bytes;
        _bytes += bytes;
        if (_bytes > _log.Length)
            Array.Resize(ref _log, Math.Max(_bytes, 2 * _log.Length));
        return _log.AsSpan(at);
    }

    private void Count(int count, long firstNs, long lastNs, uint types)
    {
        _firstNs = _count == 0 ? firstNs : Math.Min(_firstNs, firstNs);
        _lastNs = _count == 0 ? lastNs : Math.Max(_lastNs, lastNs);
        _count += count;
        _types |= types;
    }
}
