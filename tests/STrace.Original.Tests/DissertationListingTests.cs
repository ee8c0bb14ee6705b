using System.Globalization;
using System.Text.RegularExpressions;
using STrace.Model;

namespace STrace.Original.Tests;

/// <summary>
/// The request of section 6.2.1, call by call: what the original makes of it is told there. Invented, because the listing does not say
/// it: source ports, descriptors, segment ids.
/// </summary>
public sealed partial class DissertationListingTests
{
    private const string Listing = """
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

    [Fact]
    public void Build_BeforeTheReplay_GivesTwoPathsOfAllCalls()
    {
        int[][] paths = TypeIn().Build();

        Assert.Equal(2, paths.Length);
        Assert.Equal(Enumerable.Range(0, 43), paths.SelectMany(path => path).Order());
    }

    [Fact]
    public void Build_WithTheReplaysRule_GivesOnePathOfAllCalls()
    {
        int[][] paths = TypeIn().Build(Drawing.Rule("200.200.200.201", "10.0.0.7"));

        Assert.Equal([[.. Enumerable.Range(0, 43)]], paths);
    }

    private static Drawing TypeIn()
    {
        var drawing = new Drawing();
        var threads = new Dictionary<string, DrawnThread>();
        var open = new Dictionary<string, Stack<(int Descriptor, Channel Channel)>>();
        var segments = new Dictionary<string, int>();
        foreach ((int number, Match line) in Line().Matches(Listing).Index())
        {
            (string ip, string tid, string call) = (line.Groups["ip"].Value, line.Groups["tid"].Value, line.Groups["call"].Value);
            if (!threads.TryGetValue(tid, out DrawnThread? thread))
            {
                threads[tid] = thread = drawing.Thread(
                    int.Parse(line.Groups["pid"].Value, CultureInfo.InvariantCulture),
                    int.Parse(tid, CultureInfo.InvariantCulture), host: ip);
                open[tid] = new Stack<(int, Channel)>();
            }
            drawing.NowNs = (long)(decimal.Parse(line.Groups["time"].Value, CultureInfo.InvariantCulture) * 1_000_000_000m);
            if (call is "accept" or "socket")
                open[tid].Push((10 + number, Socket(tid, call)));
            if (call == "shmget")
                segments[tid] = Segment(tid, isSecond: segments.ContainsKey(tid));
            (int descriptor, Channel channel) = open[tid].TryPeek(out var top) ? top : (0, null!);
            _ = call switch
            {
                "accept" => thread.Call(Operation.Accept, channel, result: descriptor, arg0: 3, durationNs: 0),
                "socket" => thread.Call(Operation.Socket, channel, result: descriptor, durationNs: 0),
                "shmget" => thread.Call(Operation.Shmget, result: segments[tid], durationNs: 0),
                "shmat" => thread.Call(Operation.Shmat, arg0: segments[tid], durationNs: 0),
                "connect" => thread.Call(Operation.Connect, channel, arg0: descriptor, durationNs: 0),
                "recv" => thread.Call(Operation.RecvSocket, channel, result: 64, arg0: descriptor, durationNs: 0),
                "send" => thread.Call(Operation.SendSocket, channel, result: 64, arg0: descriptor, durationNs: 0),
                _ => thread.Call(Operation.Close, channel, arg0: open[tid].Pop().Descriptor, durationNs: 0),
            };
        }
        return drawing;
    }

    private static Channel Socket(string tid, string call) => (tid, call) switch
    {
        ("2021", "accept") => Drawing.Socket("10.0.0.4:3332", "10.0.0.2:40001"),
        ("2021", _) => Drawing.Socket("10.0.0.4:40002", "10.0.0.5:3333"),
        ("2052", _) => Drawing.Socket("10.0.0.5:3333", "10.0.0.4:40002"),
        ("2176", _) => Drawing.Socket("10.0.0.5:40003", "200.200.200.201:3335"),
        ("2061", _) => Drawing.Socket("10.0.0.7:3335", "10.0.0.5:40003"),
        ("2191", _) => Drawing.Socket("10.0.0.7:40004", "10.0.0.6:3334"),
        _ => Drawing.Socket("10.0.0.6:3334", "10.0.0.7:40004"),
    };

    /// <summary>2052 hands over to 2176 by one segment, 2176 to 2180 by another; 2061 to 2191 by one.</summary>
    private static int Segment(string tid, bool isSecond) => (tid, isSecond) switch
    {
        ("2052", _) or ("2176", false) => 1,
        ("2176", true) or ("2180", _) => 2,
        _ => 3,
    };

    [GeneratedRegex(@"\((?<time>[\d.]+)\) \((?<ip>[\d.]+)\) \[(?<tid>\d+)/(?<pid>\d+)\] - (?<call>\w+)")]
    private static partial Regex Line();
}
