namespace STrace.Capture;

/// <summary>How an interface's timestamps count.</summary>
internal sealed class PcapngClock
{
    private const byte BinaryBit = 0x80;
    private const int NanosecondsPerSecond = 1_000_000_000;

    // Finer than this, 64 bits of ticks do not hold a second.
    private const int FinestDecimal = 19;
    private const int FinestBinary = 63;

    private readonly UInt128 _ticksPerSecond = 1;
    private readonly Int128 _offsetNs;

    /// <param name="resolution">if_tsresol: ticks of 10^-n s, or, with the high bit set, of 2^-n s.</param>
    /// <param name="offsetSeconds">if_tsoffset: added to every timestamp.</param>
    public PcapngClock(byte resolution, long offsetSeconds)
    {
        bool binary = (resolution & BinaryBit) != 0;
        int exponent = resolution & ~BinaryBit;
        IsSupported = exponent <= (binary ? FinestBinary : FinestDecimal);
        for (int i = 0; i < exponent && IsSupported; i++)
            _ticksPerSecond *= binary ? 2u : 10u;
        _offsetNs = (Int128)offsetSeconds * NanosecondsPerSecond;
    }

    public bool IsSupported { get; }

    /// <returns>False when the time does not fit into 64 bits of nanoseconds.</returns>
    public bool TryNanoseconds(ulong ticks, out long timeNs)
    {
        Int128 time = (Int128)((UInt128)ticks * NanosecondsPerSecond / _ticksPerSecond) + _offsetNs;
        bool fits = time >= long.MinValue && time <= long.MaxValue;
        timeNs = fits ? (long)time : 0;
        return fits;
    }
}
