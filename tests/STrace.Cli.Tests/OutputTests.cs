namespace STrace.Cli.Tests;

public sealed class OutputTests : IDisposable
{
    private readonly CapturedConsole _console = new();

    public void Dispose() => _console.Dispose();

    [Fact]
    public void WriteTable_CellsOfManyWidths_KeepsTheColumnsApart()
    {
        Output.WriteTable(["A", "LONG", "B"], [["first", "x", "1"], ["y", "second", "2"]]);

        Assert.Equal(
            [
                "A      LONG    B",
                "first  x       1",
                "y      second  2",
            ],
            _console.OutLines.Select(l => l.TrimEnd()));
    }

    [Fact]
    public void WriteTable_EmptyCells_KeepTheirPlace()
    {
        Output.WriteTable(["A", "B", "C"], [["a", "", "c"]]);

        Assert.Equal(["A  B  C", "a     c"], _console.OutLines.Select(l => l.TrimEnd()));
    }

    [Fact]
    public void WriteTable_LongCells_AreNeitherCutNorWrapped()
    {
        string cell = new('x', 1500);

        Output.WriteTable(["A", "B"], [[cell, "end"]]);

        Assert.Equal([$"{cell}  end"], _console.OutLines.Skip(1).Select(l => l.TrimEnd()));
    }

    [Fact]
    public void WriteTable_SquareBrackets_AreText()
    {
        Output.WriteTable(["A"], [["[red]::1[/]"]]);

        Assert.Equal("[red]::1[/]", _console.OutLines[^1].TrimEnd());
    }
}
