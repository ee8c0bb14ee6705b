using System.Text.RegularExpressions;
using STrace.Model;

namespace STrace.Export.Tests;

public sealed class DotWriterTests
{
    private static readonly PathSet Request = DissertationRequest.Build();

    [Fact]
    public void Write_Fine_HasANodeACallAndALineAnEdge()
    {
        string dot = Write(Request);

        Assert.Equal(Request.Paths[0].Events.Count, Regex.Count(dot, "class=\"event\""));
        Assert.Equal(Request.Paths[0].Edges.Count, Regex.Count(dot, "\" -> \"[^\n]*arrowhead="));
    }

    [Fact]
    public void Write_Call_TellsWhatTheOriginalTells()
    {
        string node = Line(Write(Request), "\"4f1c9a07d2be6138/e20\" [class");

        Assert.Contains("<B>connect</B>", node, StringComparison.Ordinal);
        Assert.Contains("200.200.200.201:3335", node, StringComparison.Ordinal);
        Assert.Contains("23:31:57.962918<BR/>10.0.0.5<BR/>[2176/1984]", node, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_RewriteEdge_TellsSwitchAndRule()
    {
        string edge = Line(Write(Request), "/e20\" -> \"4f1c9a07d2be6138/e22\"");

        Assert.Contains("switch 0000000000000003<BR/>rule 0xabc<BR/>200.200.200.201:3335<BR/>→ 10.0.0.7:3335", edge, StringComparison.Ordinal);
        Assert.Contains(EdgeStyle.Rewrite.Color, edge, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(60_000_000, false)]
    [InlineData(60_000_001, true)]
    public void Write_Gap_IsDottedAboveTheThreshold(long gapMicroseconds, bool dotted)
    {
        var builder = new PathBuilder().Host("h9", "10.0.0.9");
        builder.Call("h9", 1, 1, Operation.Fopen, 10, path: "/usr/share/foo");
        builder.Call("h9", 1, 1, Operation.Fclose, 10 + gapMicroseconds);

        string edge = Line(Write(builder.Build()), "/e1\" -> ");

        Assert.Equal(dotted, edge.Contains("style=dotted", StringComparison.Ordinal));
        Assert.Equal(dotted, edge.Contains("60.0 s", StringComparison.Ordinal));
    }

    [Fact]
    public void Write_FailedCall_IsDashedWithItsError()
    {
        var builder = new PathBuilder().Host("h9", "10.0.0.9");
        builder.Call("h9", 1, 1, Operation.Connect, 10, "200.200.200.210:3335", errno: 113);
        builder.Call("h9", 1, 1, Operation.Close, 20);

        string dot = Write(builder.Build());

        Assert.Contains("dashed", Line(dot, "/e1\" [class"), StringComparison.Ordinal);
        Assert.Contains("No route to host", Line(dot, "/e1\" [class"), StringComparison.Ordinal);
        Assert.DoesNotContain("dashed", Line(dot, "/e2\" [class"), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Coarse_HasANodeAProcess()
    {
        string dot = Write(Request, new DotOptions(DotDetail.Coarse));

        Assert.Equal(5, Regex.Count(dot, "class=\"process\""));
        Assert.Contains("process 1984, 3 threads<BR/>17 calls in 77.7 ms", dot, StringComparison.Ordinal);
        string rewritten = Line(dot, $"/h5/1984\" -> \"4f1c9a07d2be6138/h7/2027\" [color=\"{EdgeStyle.Rewrite.Color}\"");
        Assert.Contains("rewrite<BR/>switch 0000000000000003", rewritten, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_CoarseWithFaults_TellsErrorAndLongestGap()
    {
        var builder = new PathBuilder().Host("h9", "10.0.0.9");
        builder.Call("h9", 1, 1, Operation.Fopen, 10, path: "/usr/share/foo");
        builder.Call("h9", 1, 1, Operation.Socket, 150_000_010);
        builder.Call("h9", 1, 1, Operation.Connect, 150_000_020, "200.200.200.210:3335", errno: 113);

        string node = Line(Write(builder.Build(), new DotOptions(DotDetail.Coarse)), "/h9/1\" [");

        Assert.Contains("<B>150.0 s</B> from fopen to socket", node, StringComparison.Ordinal);
        Assert.Contains("No route to host", node, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Packets_HangBelowTheirCall()
    {
        var builder = new PathBuilder().Host("h4", "10.0.0.4");
        string connect = builder.Call("h4", 1, 1, Operation.Connect, 10, "10.0.0.5:3333", errno: 104);
        builder.Packet(connect, 11, true, TcpMarks.Syn, 1000).Packet(connect, 12, true, TcpMarks.Syn, 1000, again: true);
        builder.Packet(connect, 13, false, TcpMarks.Rst, 0, error: "connection refused");

        string dot = Write(builder.Build());

        Assert.Contains("23:31:57.000011<BR/><B>SYN</B><BR/>seq 1000>", Line(dot, "/p1\" [class=\"packet"), StringComparison.Ordinal);
        Assert.Contains("sent again", Line(dot, "/p2\" [class=\"packet"), StringComparison.Ordinal);
        Assert.Contains(PacketDrawing.BadColor, Line(dot, "/p2\" [class=\"packet"), StringComparison.Ordinal);
        Assert.Contains("connection refused", Line(dot, "/p3\" [class=\"packet"), StringComparison.Ordinal);
        Assert.Equal(
            ["/p1/e1", "/p2/p1", "/p3/p2"],
            Regex.Matches(dot, "(/p\\d)\" -> \"[^/]*(/[ep]\\d)").Select(m => m.Groups[1].Value + m.Groups[2].Value));
    }

    [Theory]
    [InlineData(4, 4, null)]
    [InlineData(5, 3, "+3 packets")]
    [InlineData(100, 3, "+98 packets, 1 sent again")]
    public void Write_ManyPacketsOfACall_CollapseInTheMiddle(int packets, int nodes, string? between)
    {
        var builder = new PathBuilder().Host("h4", "10.0.0.4");
        string send = builder.Call("h4", 1, 1, Operation.SendSocket, 10);
        for (int i = 0; i < packets; i++)
            builder.Packet(send, 11 + i, true, TcpMarks.Ack, (uint)i, 1448, again: i == 50);

        string dot = Write(builder.Build());

        Assert.Equal(nodes, Regex.Count(dot, "class=\"packet\""));
        Assert.Equal(between is not null, dot.Contains($"<{between}>", StringComparison.Ordinal));
    }

    [Fact]
    public void Write_CoarseWithPackets_CountsThemOnEdges()
    {
        var builder = new PathBuilder().Host("h4", "10.0.0.4").Host("h5", "10.0.0.5");
        string send = builder.Call("h4", 1, 1, Operation.SendSocket, 10), read = builder.Call("h5", 2, 2, Operation.RecvSocket, 20);
        string answer = builder.Call("h5", 2, 2, Operation.SendSocket, 30), reply = builder.Call("h4", 1, 1, Operation.RecvSocket, 40);
        builder.Edge(send, read, EdgeKind.Message).Edge(answer, reply, EdgeKind.Message);
        builder.Packet(send, 11, true, TcpMarks.Ack, 1, 10).Packet(send, 12, true, TcpMarks.Ack, 1, 10, again: true);
        builder.Packet(read, 15, false, TcpMarks.Ack, 1, 10).Packet(reply, 35, false, TcpMarks.Ack, 1, 10);

        string dot = Write(builder.Build(), new DotOptions(DotDetail.Coarse));

        Assert.Contains("message<BR/>2 packets, 1 sent again", Line(dot, "/h4/1\" -> "), StringComparison.Ordinal);
        Assert.Contains("message<BR/>1 packet>", Line(dot, "/h5/2\" -> "), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_FineWithHops_BoxesEachCrossingOnTheEdge()
    {
        string edge = Line(Write(Crossed()), "/e1\" -> \"4f1c9a07d2be6138/e2");

        string[] boxes = ["<B>of-sw1</B>&#160;2▸12<BR/>", "0x7<BR/>…01:02 → …c8:c8<", "<B>of-sw2</B>&#160;11▸1<BR/>", "0x5354<BR/>* → 200.200.200.200:3332<"];
        int[] places = [.. boxes.Select(box => edge.IndexOf(box, StringComparison.Ordinal))];
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
        Assert.Contains("to 200.200.200.200:3332<BR/>→ 10.0.0.4:3332", edge, StringComparison.Ordinal);
        Assert.Contains("rule 0x5354, priority 200, the whole match actions=the whole actions", edge, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_FineSameWayAgain_IsOneLine()
    {
        string edge = Line(Write(Crossed()), "/e3\" -> \"4f1c9a07d2be6138/e4");

        Assert.Contains(">of-sw1:2▸12 of-sw2:11▸1 NAT<", edge, StringComparison.Ordinal);
        Assert.DoesNotContain("ROUNDED", edge, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_HopWithoutRule_SaysWhoForwarded()
    {
        var builder = new PathBuilder().Host("h2", "10.0.0.2").Host("h4", "10.0.0.4");
        string send = builder.Call("h2", 1, 1, Operation.SendSocket, 10), read = builder.Call("h4", 2, 2, Operation.RecvSocket, 20);
        builder.Edge(send, read, EdgeKind.Message).Crossed("of-sw1", 2, 12, cookie: null);

        Assert.Contains("2▸12<BR/><FONT POINT-SIZE=\"7\" COLOR=\"#4A5568\">by the controller<", Write(builder.Build()), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_CoarseWithHops_JoinsTheProcessesThroughTheSwitches()
    {
        string dot = Write(Crossed(), new DotOptions(DotDetail.Coarse));

        Assert.Equal(2, Regex.Count(dot, "class=\"switch\""));
        Assert.Contains("h2/1\" -> \"4f1c9a07d2be6138/crossing/0\"", dot, StringComparison.Ordinal);
        Assert.Contains("crossing/0\" -> \"4f1c9a07d2be6138/crossing/1\"", dot, StringComparison.Ordinal);
        Assert.Contains("crossing/1\" -> \"4f1c9a07d2be6138/h4/2\"", dot, StringComparison.Ordinal);
        Assert.Contains("of-sw2:1▸11", Line(dot, "h4/2\" -> "), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_RewriteProvenByPackets_SaysSo()
    {
        var builder = new PathBuilder().Host("h4", "10.0.0.4").Host("h5", "10.0.0.5");
        string rewrite = builder.Rewrite("200.200.200.201:3335", "10.0.0.7:3335");
        string connect = builder.Call("h4", 1, 1, Operation.Connect, 10), accept = builder.Call("h5", 2, 2, Operation.Accept, 20);
        PathSet byRule = builder.Edge(connect, accept, EdgeKind.Rewrite, rewrite).Build();
        Rewrite rule = byRule.Paths[0].Rewrites[0], proof = rule with { Source = RewriteSource.Packets, Dpid = 0 };

        string confirmed = Write(byRule with { Paths = [byRule.Paths[0] with { Rewrites = [rule, proof with { Id = "r2" }] }] });
        string proven = Write(byRule with { Paths = [byRule.Paths[0] with { Rewrites = [proof] }] });

        Assert.DoesNotContain("by packets", Write(byRule), StringComparison.Ordinal);
        Assert.Contains("confirmed by packets", Line(confirmed, "e1\" -> \"4f1c9a07d2be6138/e2"), StringComparison.Ordinal);
        Assert.Contains("switch 0000000000000003", confirmed, StringComparison.Ordinal);
        Assert.Contains("proven by packets<BR/>200", proven, StringComparison.Ordinal);
        Assert.DoesNotContain("switch 0", proven, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_TwoPaths_DrawsBothApart()
    {
        PathSet two = Request with { Paths = [Request.Paths[0], Request.Paths[0] with { Id = "00c0" }] };

        string dot = Write(two);

        Assert.Equal(2 * Request.Paths[0].Events.Count, Regex.Matches(dot, "^ *(\"[^\"]*\") \\[class=\"event\"", RegexOptions.Multiline)
            .Select(m => m.Groups[1].Value).Distinct().Count());
    }

    /// <summary>Two messages from h2 to h4 by the same way, and an answer.</summary>
    private static PathSet Crossed()
    {
        var builder = new PathBuilder().Host("h2", "10.0.0.2").Host("h4", "10.0.0.4");
        for (int at = 10; at <= 20; at += 10)
        {
            string send = builder.Call("h2", 1, 1, Operation.SendSocket, at), read = builder.Call("h4", 2, 2, Operation.RecvSocket, at + 5);
            builder.Edge(send, read, EdgeKind.Message).Crossed("of-sw1", 2, 12, 7).Crossed("of-sw2", 11, 1, 0x5354, "10.0.0.4:3332");
        }
        string answer = builder.Call("h4", 2, 2, Operation.SendSocket, 30), reply = builder.Call("h2", 1, 1, Operation.RecvSocket, 40);
        return builder.Edge(answer, reply, EdgeKind.Message).Crossed("of-sw2", 1, 11, 7).Build();
    }

    private static string Write(PathSet set, DotOptions? options = null)
    {
        using var text = new StringWriter();
        DotWriter.Write(text, set, null, options ?? new DotOptions());
        return text.ToString();
    }

    private static string Line(string dot, string part) => dot.Split('\n').Single(line => line.Contains(part, StringComparison.Ordinal));
}
