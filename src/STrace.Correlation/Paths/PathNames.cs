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
    public static string Signature(int[] order, HostEvent[] events, List<Link> links)
    {
        ILookup<int, EdgeKind> causes = links.ToLookup(l => l.To, l => l.Kind);
        var skeleton = new StringBuilder();
        foreach (int i in order)
        {
            HostEvent e = events[i];
            int port = e.Operation == Operation.Connect ? e.Channel?.Peer?.Port ?? 0 : 0;
            string kinds = string.Join(',', causes[i].Order());
            skeleton.Append(CultureInfo.InvariantCulture, $"{e.Program} {e.Operation.Name()} {port} {kinds}\n");
        }
        return Hash(skeleton.ToString());
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
