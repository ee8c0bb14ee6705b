using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using STrace.Model;

namespace STrace.Correlation;

/// <summary>The names by which paths are found again.</summary>
internal static class PathNames
{
    /// <summary>The first 16 hex digits of the SHA-256 over what names the root event.</summary>
    public static string Id(HostEvent root) =>
        Hash(string.Create(CultureInfo.InvariantCulture, $"{root.Host}\n{root.Agent:d}\n{root.Ring}\n{root.Sequence}"))[..16];

    /// <summary>
    /// Equal for requests that took the same way: a line an event, in causal order, with the kinds of its causes. Of the ports
    /// only those connected to count, as the clients' own differ each time.
    /// </summary>
    public static string Signature(PathGraph graph)
    {
        var skeleton = new StringBuilder();
        int edge = 0;
        for (int i = 0; i < graph.Steps.Length; i++)
        {
            HostEvent e = graph.Steps[i].Event;
            int port = e.Operation == Operation.Connect ? e.Channel?.Peer?.Port ?? 0 : 0;
            skeleton.Append(e.Program).Append(' ').Append(e.Operation.Name()).Append(' ').Append(port).Append(' ');
            var kinds = new List<EdgeKind>();
            for (; edge < graph.Edges.Length && graph.Edges[edge].To == i; edge++)
                kinds.Add(graph.Edges[edge].Kind);
            kinds.Sort();
            skeleton.AppendJoin(',', kinds).Append('\n');
        }
        return Hash(skeleton.ToString());
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
