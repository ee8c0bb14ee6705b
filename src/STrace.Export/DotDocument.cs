namespace STrace.Export;

/// <summary>Indented lines of the DOT language.</summary>
internal sealed class DotDocument(TextWriter output)
{
    private int _depth;

    public void Line(string text)
    {
        for (int i = 0; i < _depth; i++)
            output.Write("  ");
        // Not WriteLine: the same bytes on every platform.
        output.Write(text);
        output.Write('\n');
    }

    public void Open(string head)
    {
        Line(head + " {");
        _depth++;
    }

    public void Close()
    {
        _depth--;
        Line("}");
    }
}
