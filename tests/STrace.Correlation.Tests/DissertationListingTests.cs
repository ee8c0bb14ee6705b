using STrace.Model;
using STrace.TestKit;

namespace STrace.Correlation.Tests;

/// <summary>
/// The request of section 6.2.1, call by call. Invented, because the listing does not say it: source ports, which descriptor a
/// call acts on, byte counts (64 each way), segment ids, and that calls take no time. Each is stamped once, accepts when they
/// returned and receives when they were entered: one stands 74 ms before the send that it received.
/// </summary>
public sealed class DissertationListingTests
{
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
        var threads = new Dictionary<int, TestThread>();
        var current = new Dictionary<int, Stack<Channel>>();
        var calls = new Dictionary<(int, string), int>();
        foreach ((long timeNs, string ip, int tid, int pid, string call) in DissertationListing.Rows)
        {
            scenario.NowNs = timeNs;
            if (!threads.TryGetValue(tid, out TestThread? thread))
            {
                threads[tid] = thread = scenario.Thread(ip, pid, tid);
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

    private static Channel Socket(Scenario scenario, int tid, string call) => (tid, call) switch
    {
        (2021, "accept") => scenario.Socket("10.0.0.4", "10.0.0.4:3332", "10.0.0.2:40001"),
        (2021, "socket") => scenario.Socket("10.0.0.4", "10.0.0.4:40002", "10.0.0.5:3333"),
        (2052, "accept") => scenario.Socket("10.0.0.5", "10.0.0.5:3333", "10.0.0.4:40002"),
        (2176, "socket") => scenario.Socket("10.0.0.5", "10.0.0.5:40003", "200.200.200.201:3335"),
        (2061, "accept") => scenario.Socket("10.0.0.7", "10.0.0.7:3335", "10.0.0.5:40003"),
        (2191, "socket") => scenario.Socket("10.0.0.7", "10.0.0.7:40004", "10.0.0.6:3334"),
        _ => scenario.Socket("10.0.0.6", "10.0.0.6:3334", "10.0.0.7:40004"),
    };

    /// <summary>2052 hands over to 2176 by one segment, 2176 to 2180 by another; 2061 to 2191 by one.</summary>
    private static long Segment(int tid, int nth) => (tid, nth) switch
    {
        (2052, _) or (2176, 1) => 32769,
        (2176, _) or (2180, _) => 32770,
        _ => 65538,
    };
}
