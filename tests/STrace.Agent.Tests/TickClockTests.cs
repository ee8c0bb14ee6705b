namespace STrace.Agent.Tests;

public sealed class TickClockTests
{
    private const long HourNs = 3_600_000_000_000;
    private const long MinuteNs = HourNs / 60;

    [Theory]
    [InlineData(0)]
    [InlineData(HourNs)]
    [InlineData(-HourNs)]
    public void Now_WithAnOffset_IsOffByIt(long offsetNs)
    {
        var clock = new TickClock(offsetNs);
        ulong ticks = clock.Sample();

        Assert.InRange(clock.Now.ToNs(ticks) - TickClock.NowNs, offsetNs - MinuteNs, offsetNs + MinuteNs);
    }
}
