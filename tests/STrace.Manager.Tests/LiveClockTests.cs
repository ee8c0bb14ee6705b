using STrace.Model;

namespace STrace.Manager.Tests;

public sealed class LiveClockTests
{
    private const long SecondNs = 1_000_000_000;

    private readonly LiveClock _clock = new();

    [Fact]
    public void Correct_NothingLearnt_IsAsRecorded() => Assert.Equal((7, false), (_clock.Correct(7), _clock.IsKnown));

    [Fact]
    public void Learn_BeforeAnythingWasUsed_CountsAtOnce()
    {
        _clock.Learn(Offset(500), usedNs: 0);

        Assert.Equal(9_500, _clock.Correct(10_000));
    }

    [Theory]
    [InlineData(3 * SecondNs)]
    [InlineData(-3 * SecondNs)]
    public void Learn_AnotherOffset_IsApproachedAndNeverGoesBack(long offsetNs)
    {
        const long usedNs = 100 * SecondNs;
        _clock.Learn(Offset(500), usedNs: 0);
        long beforeNs = _clock.Correct(usedNs);

        _clock.Learn(Offset(offsetNs), usedNs);

        Assert.Equal(beforeNs, _clock.Correct(usedNs));
        for (long atNs = usedNs, lastNs = beforeNs; atNs < usedNs + 20 * SecondNs; atNs += SecondNs / 10)
        {
            Assert.True(_clock.Correct(atNs) >= lastNs);
            lastNs = _clock.Correct(atNs);
        }
        Assert.Equal(usedNs + 20 * SecondNs - offsetNs, _clock.Correct(usedNs + 20 * SecondNs));
    }

    private static ClockOffset Offset(long ns) => new("h1", ClockSource.Readings, [new ClockKnot(0, ns, 0)], []);
}
