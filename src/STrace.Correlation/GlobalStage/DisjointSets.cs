namespace STrace.Correlation;

/// <summary>Union-find with path halving and union by size: near-constant cost an operation.</summary>
internal sealed class DisjointSets(int count)
{
    private readonly int[] _parent = [.. Enumerable.Range(0, count)];
    private readonly int[] _size = [.. Enumerable.Repeat(1, count)];

    public int Find(int element)
    {
        while (_parent[element] != element)
            element = _parent[element] = _parent[_parent[element]];
        return element;
    }

    public void Unite(int a, int b)
    {
        (a, b) = (Find(a), Find(b));
        if (a == b)
            return;
        if (_size[a] < _size[b])
            (a, b) = (b, a);
        _parent[b] = a;
        _size[a] += _size[b];
    }
}
