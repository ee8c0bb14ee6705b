using System.Globalization;

namespace STrace.Manager;

/// <summary>A length of time as people write it: 250ms, 2s, 5m, or a number of seconds.</summary>
public static class DurationText
{
    /// <returns>False where it is none, or longer than a day.</returns>
    public static bool TryRead(string text, out TimeSpan time)
    {
        (string unit, double seconds) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => ("ms", 1e-3),
            _ when text.EndsWith('s') => ("s", 1),
            _ when text.EndsWith('m') => ("m", 60),
            _ => ("", 1),
        };
        bool isTime = double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) &&
            value * seconds <= TimeSpan.SecondsPerDay;
        time = isTime ? TimeSpan.FromSeconds(value * seconds) : default;
        return isTime;
    }
}
