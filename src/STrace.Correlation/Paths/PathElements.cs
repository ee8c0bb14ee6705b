using System.Globalization;
using STrace.Model;

namespace STrace.Correlation;

/// <summary>The hosts, processes, threads, files, switches, links and rules that took part in a path, each once.</summary>
internal static class PathElements
{
    public static IReadOnlyList<PathElement> Of(IEnumerable<HostEvent> events, IEnumerable<PathHop> hops, IEnumerable<Rewrite> rewrites)
    {
        var elements = new Dictionary<string, PathElement>();
        foreach (HostEvent e in events)
        {
            Add("host", e.Host, e.Host);
            Add("process", $"{e.Host}/{e.Pid}", e.Program);
            Add("thread", $"{e.Host}/{e.Pid}/{e.Tid}", e.Tid.ToString(CultureInfo.InvariantCulture));
            if (e.Channel?.Kind != ChannelKind.Socket && (e.Path ?? e.Channel?.Path) is { } path)
                Add("file", $"{e.Host}/{path}", path);
        }
        foreach ((_, _, NetworkHop hop) in hops)
        {
            string dpid = Dpid(hop.Dpid);
            Add("switch", dpid, hop.Switch);
            if (hop.Link is { } link)
                Add("link", link.ToString(), link.ToString());
            if (hop.Rule is { } rule)
                Add("rule", $"{dpid}/0x{rule.Cookie:x}/{rule.Priority}/{rule.Match}", $"{rule.Match} actions={rule.Actions}");
        }
        foreach (Rewrite rewrite in rewrites.Where(r => r.Source != RewriteSource.Packets))
        {
            string dpid = Dpid(rewrite.Dpid);
            Add("switch", dpid, dpid);
            Add("rule", $"{dpid}/0x{rewrite.Cookie:x}/{rewrite.Priority}/{rewrite.Match}", $"{rewrite.Match} actions={rewrite.Actions}");
        }
        return [.. elements.Values];

        static string Dpid(ulong dpid) => dpid.ToString("x16", CultureInfo.InvariantCulture);

        void Add(string kind, string id, string name) => elements.TryAdd($"{kind}:{id}", new PathElement($"{kind}:{id}", kind, name));
    }
}
