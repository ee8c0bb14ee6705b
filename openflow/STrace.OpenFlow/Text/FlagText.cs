using System.Globalization;

namespace STrace.OpenFlow;

/// <summary>Bits by their names.</summary>
internal static class FlagText
{
    /// <summary>The names of the bits that are set, what has none in hexadecimal, and "0" for none at all.</summary>
    public static string Of(uint bits, IReadOnlyList<string> names, string separator)
    {
        if (bits == 0)
            return "0";
        var parts = names.Where((_, bit) => (bits >> bit & 1) != 0).ToList();
        var others = bits & ~(uint)((1UL << names.Count) - 1);
        if (others != 0)
            parts.Add("0x" + others.ToString("x", CultureInfo.InvariantCulture));
        return string.Join(separator, parts);
    }
}
