using System.Globalization;
using System.Text.RegularExpressions;

namespace STrace.TestKit;

/// <summary>The request of section 6.2.1 of the dissertation, as it is printed there.</summary>
public static partial class DissertationListing
{
    private const string Text = """
        (1404430317.081565) (10.0.0.4) [2021/1970] - accept
        (1404430317.081883) (10.0.0.4) [2021/1970] - recv
        (1404430317.933361) (10.0.0.4) [2021/1970] - socket
        (1404430317.934326) (10.0.0.4) [2021/1970] - connect(10.0.0.5:3333)
        (1404430317.944676) (10.0.0.4) [2021/1970] - send
        (1404430317.945154) (10.0.0.5) [2052/1984] - accept
        (1404430317.945834) (10.0.0.5) [2052/1984] - recv
        (1404430317.947011) (10.0.0.4) [2021/1970] - recv
        (1404430317.947388) (10.0.0.5) [2052/1984] - shmget
        (1404430317.949425) (10.0.0.5) [2052/1984] - shmat
        (1404430317.950733) (10.0.0.5) [2176/1984] - shmget
        (1404430317.952657) (10.0.0.5) [2176/1984] - shmat
        (1404430317.954214) (10.0.0.5) [2176/1984] - shmget
        (1404430317.956379) (10.0.0.5) [2176/1984] - shmat
        (1404430317.958091) (10.0.0.5) [2180/1984] - shmget
        (1404430317.959526) (10.0.0.5) [2180/1984] - shmat
        (1404430317.961263) (10.0.0.5) [2176/1984] - socket
        (1404430317.962918) (10.0.0.5) [2176/1984] - connect(200.200.200.201:3335)
        (1404430317.977137) (10.0.0.5) [2176/1984] - send
        (1404430317.977244) (10.0.0.7) [2061/2027] - accept
        (1404430317.977744) (10.0.0.7) [2061/2027] - recv
        (1404430317.979610) (10.0.0.5) [2176/1984] - recv
        (1404430317.980650) (10.0.0.7) [2061/2027] - shmget
        (1404430317.982121) (10.0.0.7) [2061/2027] - shmat
        (1404430317.983756) (10.0.0.7) [2191/2027] - shmget
        (1404430317.985230) (10.0.0.7) [2191/2027] - shmat
        (1404430317.986744) (10.0.0.7) [2191/2027] - socket
        (1404430317.989014) (10.0.0.7) [2191/2027] - connect(10.0.0.6:3334)
        (1404430318.002498) (10.0.0.6) [2047/2006] - accept
        (1404430318.003499) (10.0.0.7) [2191/2027] - send
        (1404430318.004067) (10.0.0.6) [2047/2006] - recv
        (1404430318.006001) (10.0.0.6) [2047/2006] - send
        (1404430318.006893) (10.0.0.7) [2191/2027] - recv
        (1404430318.008360) (10.0.0.6) [2047/2006] - close
        (1404430318.008838) (10.0.0.7) [2191/2027] - close
        (1404430318.010795) (10.0.0.7) [2061/2027] - send
        (1404430318.017404) (10.0.0.7) [2061/2027] - close
        (1404430318.017637) (10.0.0.5) [2176/1984] - close
        (1404430318.020688) (10.0.0.5) [2052/1984] - send
        (1404430318.022683) (10.0.0.4) [2021/1970] - close
        (1404430318.022820) (10.0.0.5) [2052/1984] - close
        (1404430318.024599) (10.0.0.4) [2021/1970] - send
        (1404430318.026886) (10.0.0.4) [2021/1970] - close
        """;

    /// <summary>One line.</summary>
    /// <param name="TimeNs">ns since the epoch.</param>
    /// <param name="Name">The function alone.</param>
    public sealed record Row(long TimeNs, string Ip, int Tid, int Pid, string Name);

    public static IReadOnlyList<Row> Rows { get; } = [.. Line().Matches(Text).Select(line => new Row(
        (long)(decimal.Parse(line.Groups["time"].Value, CultureInfo.InvariantCulture) * 1_000_000_000m),
        line.Groups["ip"].Value,
        int.Parse(line.Groups["tid"].Value, CultureInfo.InvariantCulture),
        int.Parse(line.Groups["pid"].Value, CultureInfo.InvariantCulture),
        line.Groups["call"].Value))];

    [GeneratedRegex(@"\((?<time>[\d.]+)\) \((?<ip>[\d.]+)\) \[(?<tid>\d+)/(?<pid>\d+)\] - (?<call>\w+)")]
    private static partial Regex Line();
}
