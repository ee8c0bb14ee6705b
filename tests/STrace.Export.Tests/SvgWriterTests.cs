using System.Xml.Linq;
using STrace.Model;

namespace STrace.Export.Tests;

/// <summary>By graphviz itself, which so accepts what <see cref="DotWriter"/> writes.</summary>
public sealed class SvgWriterTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task WriteAsync_Fine_DrawsEveryCallWithItsTooltip()
    {
        PathSet set = DissertationRequest.Build();

        XDocument svg = await Render(set, DotDetail.Fine);

        Assert.Equal(set.Paths[0].Events.Count, Groups(svg, "node event"));
        Assert.Equal(set.Paths[0].Edges.Count, Groups(svg, "edge"));
        Assert.Contains(svg.Descendants().Attributes(), a =>
            a.Name.LocalName == "title" && a.Value.Contains("thread 2176 of process 1984", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WriteAsync_Coarse_DrawsEveryProcess() =>
        Assert.Equal(5, Groups(await Render(DissertationRequest.Build(), DotDetail.Coarse), "node process"));

    [Theory]
    [InlineData(DotDetail.Fine)]
    [InlineData(DotDetail.Coarse)]
    public async Task WriteAsync_NastyNames_AreDrawnAsTheyAre(DotDetail detail)
    {
        const string Host = "h\"<&>\\N\\\" -> [x]";
        var builder = new PathBuilder().Host(Host, "10.0.0.4");
        builder.Call(Host, 1, 1, Operation.Fopen, 1, path: "/tmp/\"<b>&amp;\\\n\u0001\ud800 é.txt");

        XDocument svg = await Render(builder.Build("s\"<&>\\"), detail);

        Assert.Contains(svg.Descendants(), e => e.Name.LocalName == "text" && e.Value == Host);
        Assert.Equal(detail == DotDetail.Fine, svg.Descendants().Any(
            e => e.Name.LocalName == "text" && e.Value == "/tmp/\"<b>&amp;\\ \ufffd\ufffd é.txt"));
    }

    [Fact]
    public async Task WriteAsync_NoPaths_DrawsTheHeading()
    {
        XDocument svg = await Render(DissertationRequest.Build() with { Paths = [] }, DotDetail.Fine);

        Assert.Equal(0, Groups(svg, "node event"));
        Assert.Contains(svg.Descendants(), e => e.Name.LocalName == "text" && e.Value == "demo");
    }

    [Fact]
    public async Task RenderAsync_ProgramMissing_SaysHowToGetIt()
    {
        var e = await Assert.ThrowsAsync<ExportException>(() => SvgWriter.RenderAsync("no-such-program", "digraph {}", Timeout, default));

        Assert.Equal("graphviz's `dot` is not installed: apt-get install graphviz", e.Message);
    }

    [Fact]
    public async Task RenderAsync_DotRefuses_TellsItsComplaint()
    {
        var e = await Assert.ThrowsAsync<ExportException>(() => SvgWriter.RenderAsync("dot", "digraph {", Timeout, default));

        Assert.Contains("syntax error", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RenderAsync_TooSlow_GivesUp()
    {
        var e = await Assert.ThrowsAsync<ExportException>(() => SvgWriter.RenderAsync("dot", "digraph { a -> b }", TimeSpan.Zero, default));

        Assert.Contains("did not finish", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RenderAsync_Cancelled_Throws() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SvgWriter.RenderAsync("dot", "digraph {}", Timeout, new CancellationToken(true)));

    private static async Task<XDocument> Render(PathSet set, DotDetail detail)
    {
        using var output = new MemoryStream();
        await SvgWriter.WriteAsync(output, set, null, new DotOptions(detail), Timeout, default);
        output.Position = 0;
        return await XDocument.LoadAsync(output, LoadOptions.None, default);
    }

    private static int Groups(XDocument svg, string cssClass) => svg.Descendants().Count(e => (string?)e.Attribute("class") == cssClass);
}
