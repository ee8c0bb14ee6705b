namespace STrace.Manager.Tests;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("1s", 1000)]
    [InlineData("5m", 300_000)]
    [InlineData("1.5", 1500)]
    [InlineData("0", 0)]
    public void TryRead_ATime_IsRead(string text, int milliseconds)
    {
        Assert.True(DurationText.TryRead(text, out TimeSpan time));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ms")]
    [InlineData("-1s")]
    [InlineData("1h")]
    [InlineData("1,5s")]
    [InlineData("2000m")]
    [InlineData("NaN")]
    public void TryRead_NoTime_IsFalse(string text) => Assert.False(DurationText.TryRead(text, out _));
}
