using System.Globalization;
using System.Text.RegularExpressions;
using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>
/// The request of section 6.2.1, call by call. Invented, because the listing does not say it: source ports, which descriptor a
/// call acts on, byte counts (64 each way), segment ids, and that calls take no time. Each is stamped once, accepts when they
/// returned and receives when they were entered: one stands 74 ms before the send that it received.
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
    public void Build_ListingWithoutRewrite_GivesTwoPaths()
    {
        Scenario scenario = TypeIn();

        PathSet set = scenario.Build();

        Assert.Equal(2, set.Paths.Count);
        Assert.Equal(["10.0.0.4", "10.0.0.5"], set.Paths[0].Hosts.Order());
        Assert.Equal(["10.0.0.6", "10.0.0.7"], set.Paths[1].Hosts.Order());
        Assert.Equal(43, set.Paths.Sum(p => p.Events.Count));
        Assert.Equal(
            ["10.0.0.2:40001->10.0.0.4:3332", "10.0.0.5:40003->200.200.200.201:3335", "10.0.0.5:40003->10.0.0.7:3335"],
            set.Unpaired.Select(u => u.Flow.ToString()));
    }

    [Fact]
    public void Build_ListingWithRewrite_GivesOnePathWithAllCalls()
    {
        Scenario scenario = TypeIn();

        PathSet set = scenario.Build(RewriteSource.Replay);

        scenario.AssertExact(set);
        CausalPath path = Assert.Single(set.Paths);
        Assert.Equal(43, path.Events.Count);
        Assert.Equal(Operation.Accept, path.Events[0].Event.Operation);
        Assert.Equal("10.0.0.4", path.Events[0].Event.Host);
        Rewrite rewrite = Assert.Single(path.Rewrites);
        Assert.Equal("10.0.0.5:40003->10.0.0.7:3335", rewrite.To.ToString());
        Assert.Equal(rewrite.Id, path.Edges.Single(e => e.Kind == EdgeKind.Rewrite).Rewrite);
        Assert.Equal(2, path.Edges.Count(e => e.Kind == EdgeKind.Connection));
        Assert.Equal(6, path.Edges.Count(e => e.Kind == EdgeKind.Message));
        Assert.Equal(PathStatus.Ok, path.Status);
    }

    private static Scenario TypeIn()
    {
        var scenario = new Scenario();
        var threads = new Dictionary<string, TestThread>();
        var current = new Dictionary<string, Stack<Channel>>();
        var calls = new Dictionary<(string, string), int>();
        foreach (Match line in Line().Matches(Listing))
        {
            (string ip, string tid, string call) = (line.Groups["ip"].Value, line.Groups["tid"].Value, line.Groups["call"].Value);
            scenario.NowNs = (long)(decimal.Parse(line.Groups["time"].Value, CultureInfo.InvariantCulture) * 1_000_000_000m);
            if (!threads.TryGetValue(tid, out TestThread? thread))
            {
                int pid = int.Parse(line.Groups["pid"].Value, CultureInfo.InvariantCulture);
                threads[tid] = thread = scenario.Thread(ip, pid, int.Parse(tid, CultureInfo.InvariantCulture));
                current[tid] = new Stack<Channel>();
            }
            if (call is "accept" or "socket")
                current[tid].Push(Socket(scenario, tid, call));
            int nth = calls[(tid, call)] = calls.GetValueOrDefault((tid, call)) + 1;
            switch (call)
            {
                case "shmget":
                    thread.Call(Operation.Shmget, result: Segment(tid, nth), durationNs: 0);
                    break;
                case "shmat":
                    thread.Call(Operation.Shmat, arg0: Segment(tid, nth), durationNs: 0);
                    break;
                default:
                    (Operation operation, long bytes) = call switch
                    {
                        "accept" => (Operation.Accept, 0),
                        "socket" => (Operation.Socket, 0),
                        "connect" => (Operation.Connect, 0),
                        "recv" => (Operation.RecvSocket, 64),
                        "send" => (Operation.SendSocket, 64),
                        _ => (Operation.Close, 0),
                    };
                    thread.Call(operation, current[tid].Peek(), bytes, bytes, durationNs: 0);
                    break;
            }
            if (call == "close")
                current[tid].Pop();
        }
        scenario.Rewrite(3, "200.200.200.201:3335", "10.0.0.7:3335", source: RewriteSource.Replay);
        return scenario;
    }

    private static Channel Socket(Scenario scenario, string tid, string call) => (tid, call) switch
    {
        ("2021", "accept") => scenario.Socket("10.0.0.4", "10.0.0.4:3332", "10.0.0.2:40001"),
        ("2021", "socket") => scenario.Socket("10.0.0.4", "10.0.0.4:40002", "10.0.0.5:3333"),
        ("2052", "accept") => scenario.Socket("10.0.0.5", "10.0.0.5:3333", "10.0.0.4:40002"),
        ("2176", "socket") => scenario.Socket("10.0.0.5", "10.0.0.5:40003", "200.200.200.201:3335"),
        ("2061", "accept") => scenario.Socket("10.0.0.7", "10.0.0.7:3335", "10.0.0.5:40003"),
        ("2191", "socket") => scenario.Socket("10.0.0.7", "10.0.0.7:40004", "10.0.0.6:3334"),
        _ => scenario.Socket("10.0.0.6", "10.0.0.6:3334", "10.0.0.7:40004"),
    };

    /// <summary>2052 hands over to 2176 by one segment, 2176 to 2180 by another; 2061 to 2191 by one.</summary>
    private static long Segment(string tid, int nth) => (tid, nth) switch
    {
        ("2052", _) or ("2176", 1) => 32769,
        ("2176", _) or ("2180", _) => 32770,
        _ => 65538,
    };

    [GeneratedRegex(@"\((?<time>[\d.]+)\) \((?<ip>[\d.]+)\) \[(?<tid>\d+)/(?<pid>\d+)\] - (?<call>\w+)")]
    private static partial Regex Line();
}
