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
    public void Write_TwoPaths_DrawsBothApart()
    {
        PathSet two = Request with { Paths = [Request.Paths[0], Request.Paths[0] with { Id = "00c0" }] };

        string dot = Write(two);

        Assert.Equal(2 * Request.Paths[0].Events.Count, Regex.Matches(dot, "^ *(\"[^\"]*\") \\[class=\"event\"", RegexOptions.Multiline)
            .Select(m => m.Groups[1].Value).Distinct().Count());
    }

    private static string Write(PathSet set, DotOptions? options = null)
    {
        using var text = new StringWriter();
        DotWriter.Write(text, set, null, options ?? new DotOptions());
        return text.ToString();
    }

    private static string Line(string dot, string part) => dot.Split('\n').Single(line => line.Contains(part, StringComparison.Ordinal));
}
