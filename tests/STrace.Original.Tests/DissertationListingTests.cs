using STrace.Model;
using STrace.TestKit;

namespace STrace.Original.Tests;

/// <summary>
/// The request of section 6.2.1, call by call: what the original makes of it is told there. Invented, because the listing does not say
/// it: source ports, descriptors, segment ids.
/// </summary>
public sealed class DissertationListingTests
{
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
        var threads = new Dictionary<int, DrawnThread>();
        var open = new Dictionary<int, Stack<(int Descriptor, Channel Channel)>>();
        var segments = new Dictionary<int, int>();
        foreach ((int number, (long timeNs, string ip, int tid, int pid, string call)) in DissertationListing.Rows.Index())
        {
            if (!threads.TryGetValue(tid, out DrawnThread? thread))
            {
                threads[tid] = thread = drawing.Thread(pid, tid, host: ip);
                open[tid] = new Stack<(int, Channel)>();
            }
            drawing.NowNs = timeNs;
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

    private static Channel Socket(int tid, string call) => (tid, call) switch
    {
        (2021, "accept") => Drawing.Socket("10.0.0.4:3332", "10.0.0.2:40001"),
        (2021, _) => Drawing.Socket("10.0.0.4:40002", "10.0.0.5:3333"),
        (2052, _) => Drawing.Socket("10.0.0.5:3333", "10.0.0.4:40002"),
        (2176, _) => Drawing.Socket("10.0.0.5:40003", "200.200.200.201:3335"),
        (2061, _) => Drawing.Socket("10.0.0.7:3335", "10.0.0.5:40003"),
        (2191, _) => Drawing.Socket("10.0.0.7:40004", "10.0.0.6:3334"),
        _ => Drawing.Socket("10.0.0.6:3334", "10.0.0.7:40004"),
    };

    /// <summary>2052 hands over to 2176 by one segment, 2176 to 2180 by another; 2061 to 2191 by one.</summary>
    private static int Segment(int tid, bool isSecond) => (tid, isSecond) switch
    {
        (2052, _) or (2176, false) => 1,
        (2176, true) or (2180, _) => 2,
        _ => 3,
    };
}
