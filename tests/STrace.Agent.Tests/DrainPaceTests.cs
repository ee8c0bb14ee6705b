namespace STrace.Agent.Tests;

public sealed class DrainPaceTests
{
    private DrainPace _pace = new(1024);

    [Fact]
    public void After_ARingThatIsAQuarterFull_DoesNotSleep()
    {
        Idle(armed: true);

        Assert.Equal(TimeSpan.Zero, _pace.After(256, armed: true));
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 10)]
    public void After_NothingForAWhile_SleepsLong(bool armed, int longestMs) =>
        Assert.Equal(TimeSpan.FromMilliseconds(longestMs), Idle(armed));

    [Fact]
    public void After_FillingRings_SleepsLessEachTime()
    {
        TimeSpan before = Idle(armed: true);

        Assert.Equal(before / 2, _pace.After(100, armed: true));
        Assert.Equal(before / 4, _pace.After(100, armed: true));
    }

    private TimeSpan Idle(bool armed)
    {
        TimeSpan pause = default;
        for (int i = 0; i < 20; i++)
            pause = _pace.After(0, armed);
        return pause;
    }
}
