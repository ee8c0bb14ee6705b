using System.Diagnostics;

namespace STrace.Benchmarks;

/// <summary>
/// Processor time of the whole process, its collector's threads included, while something is measured. Collections that happen
/// between the measured parts, because events are made, are charged too: they copy what the measured parts keep.
/// </summary>
internal sealed class Meter
{
    private readonly Stopwatch _wall = new();
    private TimeSpan _used;
    private TimeSpan _paused = GC.GetTotalPauseDuration();
    private TimeSpan _left = Environment.CpuUsage.TotalTime;

    public double ProcessorNs => _used.TotalNanoseconds;
    public double WallNs => _wall.Elapsed.TotalNanoseconds;

    public T Measure<T>(Func<T> part)
    {
        TimeSpan entered = Environment.CpuUsage.TotalTime;
        TimeSpan collecting = GC.GetTotalPauseDuration() - _paused; // by the clock: no more than the processor was used
        _wall.Start();
        T result = part();
        _wall.Stop();
        TimeSpan between = entered - _left;
        _left = Environment.CpuUsage.TotalTime;
        _paused = GC.GetTotalPauseDuration();
        _used += _left - entered + (collecting < between ? collecting : between);
        return result;
    }
}
