namespace STrace.Cli.Tests;

public sealed class TextFormTests
{
    [Fact]
    public void Time_NsSinceTheEpoch_IsADateToTheMicrosecond() =>
        Assert.Equal("2014-07-03 15:25:17.081565", TextForm.Time("1404401117081565999"));

    [Fact]
    public void Seconds_BetweenTwoTimes_HaveOneDigit() => Assert.Equal("61.5", TextForm.Seconds("1404401117081565000", "1404401178581565000"));

    [Fact]
    public void Milliseconds_OfADuration_HaveThreeDigits() => Assert.Equal("1234.568", TextForm.Milliseconds("1234567890"));
}
