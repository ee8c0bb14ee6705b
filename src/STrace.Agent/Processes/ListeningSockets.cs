using System.Buffers.Binary;
using System.Globalization;
using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.Agent;

/// <summary>The TCP sockets of this network namespace that listen, and the UDP sockets without a peer, by inode (proc(5), /proc/net/tcp).</summary>
internal static class ListeningSockets
{
    private const string TcpListen = "0A";
    private const string UdpUnconnected = "07";

    public static Dictionary<string, ListeningEndpoint> Read()
    {
        var byInode = new Dictionary<string, ListeningEndpoint>();
        foreach (var (file, protocol, state) in new[]
        {
            ("tcp", FlowTuple.Tcp, TcpListen), ("tcp6", FlowTuple.Tcp, TcpListen),
            ("udp", FlowTuple.Udp, UdpUnconnected), ("udp6", FlowTuple.Udp, UdpUnconnected),
        })
        {
            string path = $"/proc/self/net/{file}";
            if (!File.Exists(path))
                continue; // a kernel without IPv6
            foreach (string line in File.ReadLines(path).Skip(1))
            {
                if (TryParse(line, protocol, state, out string inode, out ListeningEndpoint endpoint))
                    byInode[inode] = endpoint;
            }
        }
        return byInode;
    }

    /// <param name="line">Of /proc/net/tcp, its heading excepted: number, local, remote, state, ...; the tenth word is the inode.</param>
    public static bool TryParse(string line, byte protocol, string state, out string inode, out ListeningEndpoint endpoint)
    {
        (inode, endpoint) = ("", default);
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 10 || words[3] != state)
            return false;
        string[] local = words[1].Split(':');
        inode = words[9];
        endpoint = new ListeningEndpoint(protocol, new Endpoint(Address(local[0]), ushort.Parse(local[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
        return true;
    }

    /// <summary>The address as 32-bit words, each printed in the host's byte order.</summary>
    private static IpAddress Address(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        for (int at = 0; at < bytes.Length; at += 4)
            bytes.AsSpan(at, 4).Reverse();
        return IpAddress.FromBytes(bytes);
    }
}
