using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>Table 5.1 and figures 5.7 and 5.8 of the dissertation.</summary>
public sealed class DissertationFigureTests
{
    //  L1:  1 accept 20 - 2 read 20 ------------- 4 connect 22 ------------- 6 write 22 - 7 close 20 ... i shmget - i+1 fork
    //  L2:                          3 connect 5 -------------- 5 write 5
    [Fact]
    public void Build_Table51_LeavesOtherThreadAndLaterCallsOut()
    {
        var s = new Scenario();
        TestThread l1 = s.Thread("h", 1, 11), l2 = s.Thread("h", 1, 12);
        Channel c20 = s.Socket("h", "10.0.0.1:80", "10.0.0.9:5000");
        Channel c5 = s.Socket("h", "10.0.0.1:5001", "10.0.0.8:90");
        Channel c22 = s.Socket("h", "10.0.0.1:5002", "10.0.0.7:91");

        l1.Accept(c20);
        l1.Read(c20, 10);
        s.Request = "B";
        l2.Connect(c5);
        s.Request = "A";
        l1.Connect(c22);
        s.Request = "B";
        l2.Write(c5, 10);
        s.Request = "A";
        l1.Write(c22, 10);
        l1.Close(c20);
        s.Request = null;
        l1.Call(Operation.Shmget, result: 7);
        l1.Call(Operation.Fork, result: 99);

        s.AssertExact(s.Build());
    }

    //  h1:  connect 10.0.0.1:5000->10.0.0.2:80 - write - read - close
    //          :                                            (the same addresses at both ends)
    //  h2:  accept  10.0.0.1:5000->10.0.0.2:80 - read - write - close
    [Fact]
    public void Build_Figure57_UnitesEqualAddresses()
    {
        var s = new Scenario();
        TestThread client = s.Thread("h1", 1), server = s.Thread("h2", 2);
        (Channel c, Channel d) = s.Tcp("h1", "10.0.0.1:5000", "h2", "10.0.0.2:80");

        HostEvent connect = client.Connect(c), accept = server.Accept(d), write = client.Write(c, 10), read = server.Read(d, 10);
        HostEvent answer = server.Write(d, 20), result = client.Read(c, 20);
        client.Close(c);
        server.Close(d);
        PathSet set = s.Build();

        s.AssertExact(set);
        Assert.Equal("10.0.0.1:5000->10.0.0.2:80", set.Edge(connect, accept, EdgeKind.Connection)?.Evidence);
        Assert.Equal("bytes 0..9 of 10.0.0.1:5000->10.0.0.2:80", set.Edge(write, read, EdgeKind.Message)?.Evidence);
        Assert.Equal("bytes 0..19 of 10.0.0.2:80->10.0.0.1:5000", set.Edge(answer, result, EdgeKind.Message)?.Evidence);
        Assert.Empty(set.Unpaired);
    }

    //  h1:  connect 10.0.0.1:5000->10.9.9.9:80 - write ------- read
    //          : of-sw 5: 10.9.9.9:80 to 10.0.0.2:8080
    //  h2:  accept  10.0.0.1:5000->10.0.0.2:8080 - read - write
    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    public void Build_Figure58_UnitesOnlyWithTheRule(bool rule, int paths)
    {
        var s = new Scenario();
        TestThread client = s.Thread("h1", 1), server = s.Thread("h2", 2);
        Channel c = s.Socket("h1", "10.0.0.1:5000", "10.9.9.9:80"), d = s.Socket("h2", "10.0.0.2:8080", "10.0.0.1:5000");
        s.Rewrite(5, "10.9.9.9:80", "10.0.0.2:8080");

        HostEvent connect = client.Connect(c), accept = server.Accept(d);
        client.Write(c, 10);
        server.Read(d, 10);
        server.Write(d, 10);
        client.Read(c, 10);
        PathSet set = rule ? s.Build(RewriteSource.Live) : s.Build();

        Assert.Equal(paths, set.Paths.Count);
        Assert.Equal(rule ? 0 : 2, set.Unpaired.Count);
        Assert.Null(set.Edge(connect, accept, EdgeKind.Connection));
        Assert.Equal(
            rule ? "dpid 0000000000000005 cookie 0x15: 10.0.0.1:5000->10.9.9.9:80 to 10.0.0.1:5000->10.0.0.2:8080" : null,
            set.Edge(connect, accept, EdgeKind.Rewrite)?.Evidence);
    }
}
