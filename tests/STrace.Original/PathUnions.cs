using STrace.Model;

namespace STrace.Original;

/// <summary>
/// Unites paths whose connect and accept have the same endpoints and compatible times: the connection was asked for before it was
/// accepted, and none of the two is united already.
/// </summary>
internal sealed class PathUnions
{
    private readonly List<List<WrapperNode>> _paths;
    private readonly int[] _representatives;
    private readonly List<Start> _connects;
    private readonly List<Start> _accepts;
    private readonly List<(int Path, Union Union)> _unions = [];

    /// <param name="paths">In the order of their starts.</param>
    public PathUnions(List<List<WrapperNode>> paths)
    {
        _paths = paths;
        _representatives = [.. Enumerable.Range(0, paths.Count)];
        List<Start> starts = [.. paths.Index()
            .SelectMany(path => path.Item.Select(node => new Start(node, path.Index)))
            .Where(start => start.Node is { StartsConnection: true, Source: not null, Destination: not null })
            .OrderBy(start => start.Node.TimeNs)];
        _connects = starts.FindAll(start => start.Node.Operation == Operation.Connect);
        _accepts = starts.FindAll(start => start.Node.Operation == Operation.Accept);
    }

    /// <summary>By what the hosts saw.</summary>
    public void Unite()
    {
        foreach (Start connect in _connects)
            Unite(connect, special: null);
    }

    /// <summary>
    /// By what the replay told of the connects that are still single (5.3.3): a node for each rule that covers one and changes its
    /// addresses, with the time of the original node, by which that is found again. No rule covers an accept: it stands behind them.
    /// </summary>
    public void Unite(IReadOnlyList<RewriteRule> rules)
    {
        List<WrapperNode> specials = [.. _connects.Where(connect => !connect.IsUnited)
            .SelectMany(connect => rules.Select(rule => Rewritten(connect.Node, rule)).OfType<WrapperNode>())];
        foreach (WrapperNode special in specials)
            Unite(_connects.Find(connect => connect.Node.TimeNs == special.TimeNs)!, special);
    }

    public IReadOnlyList<OriginalPath> Paths()
    {
        ILookup<int, Union> unions = _unions.ToLookup(united => Find(united.Path), united => united.Union);
        return [.. _paths.Index().GroupBy(path => Find(path.Index)).Select(united => new OriginalPath(
            [.. united.SelectMany(path => path.Item).OrderBy(node => node.TimeNs)], [.. unions[united.Key]]))];
    }

    private static WrapperNode? Rewritten(WrapperNode start, RewriteRule rule)
    {
        var flow = new FlowTuple(FlowTuple.Tcp, start.Source!.Value, start.Destination!.Value);
        if (!rule.Covers(flow) || rule.Apply(flow) is var changed && changed == flow)
            return null;
        return start with { Source = changed.Source, Destination = changed.Destination };
    }

    /// <param name="special">What to look for in the place of the connect.</param>
    private void Unite(Start connect, WrapperNode? special)
    {
        WrapperNode wanted = special ?? connect.Node;
        if (connect.IsUnited || _accepts.Find(accept => !accept.IsUnited && AreOne(wanted, accept.Node)) is not { } accept)
            return;
        connect.IsUnited = accept.IsUnited = true;
        _representatives[Find(accept.Path)] = Find(connect.Path);
        _unions.Add((connect.Path, new Union(connect.Node, accept.Node, special)));
    }

    private static bool AreOne(WrapperNode connect, WrapperNode accept) =>
        connect.Source == accept.Source && connect.Destination == accept.Destination && connect.TimeNs <= accept.TimeNs;

    private int Find(int path)
    {
        while (_representatives[path] != path)
            path = _representatives[path] = _representatives[_representatives[path]];
        return path;
    }

    private sealed class Start(WrapperNode node, int path)
    {
        public WrapperNode Node => node;
        public int Path => path;
        public bool IsUnited { get; set; }
    }
}
