using STrace.Model;

namespace STrace.AgentProtocol;

[Flags]
public enum ProcessTraits : byte
{
    None = 0,

    /// <summary>It is in this agent's arena: its libc calls are recorded.</summary>
    Interposed = 1,

    /// <summary>It holds sockets, is interposed, or was started by a process that is.</summary>
    Matters = 2,

    /// <summary>It has an io_uring.</summary>
    IoUring = 4,
}

/// <summary>
/// One process of a host, as it stands in the payload of a block of processes; a payload is all of the host's at one time.
/// <code>
///  0     4      8     12         20       21         22                                  n
///  +-----+------+-----+----------+--------+----------+---------+---------+-------+------+--------------------+
///  | pid | ppid | uid | start ns | traits | obstacle | program | command | count | tcp  | address[16] | port | ...
///  +-----+------+-----+----------+--------+----------+---------+---------+-------+------+--------------------+
/// </code>
/// Texts are a length (u16) and UTF-8; <c>count</c> (u8) endpoints follow at which it listens or receives, each protocol (u8), address
/// and port (u16).
/// </summary>
/// <param name="StartNs">When it started; ns since the epoch, to the kernel's clock tick.</param>
/// <param name="Program">The kernel's name of it.</param>
/// <param name="Command">First word of its command line.</param>
/// <param name="Listens">Where it listens (TCP) or receives without a peer (UDP).</param>
public sealed record ProcessRecord(
    int Pid, int Ppid, uint Uid, long StartNs, ProcessTraits Traits, Obstacle Obstacle, string Program, string Command,
    IReadOnlyList<ListeningEndpoint> Listens)
{
    private const int MaxEndpoints = byte.MaxValue;

    public bool Interposed => (Traits & ProcessTraits.Interposed) != 0;

    public static byte[] Write(IEnumerable<ProcessRecord> processes)
    {
        var writer = new FrameWriter();
        foreach (ProcessRecord p in processes)
        {
            writer.Int32(p.Pid).Int32(p.Ppid).Int32((int)p.Uid).Int64(p.StartNs).Byte((byte)p.Traits).Byte((byte)p.Obstacle)
                .Text(p.Program).Text(p.Command).Byte((byte)Math.Min(p.Listens.Count, MaxEndpoints));
            foreach (ListeningEndpoint at in p.Listens.Take(MaxEndpoints))
                writer.Byte(at.Protocol).Address(at.Endpoint.Address).UInt16(at.Endpoint.Port);
        }
        return writer.ToPayload();
    }

    /// <exception cref="AgentProtocolException">The payload ends within a process.</exception>
    public static IReadOnlyList<ProcessRecord> Read(ReadOnlyMemory<byte> payload)
    {
        var processes = new List<ProcessRecord>();
        var reader = new FrameReader(payload);
        while (!reader.IsAtEnd)
        {
            processes.Add(new ProcessRecord(
                reader.Int32(), reader.Int32(), (uint)reader.Int32(), reader.Int64(), (ProcessTraits)reader.Byte(), (Obstacle)reader.Byte(),
                reader.Text(), reader.Text(), Endpoints(ref reader)));
        }
        return processes;
    }

    private static ListeningEndpoint[] Endpoints(ref FrameReader reader)
    {
        var endpoints = new ListeningEndpoint[reader.Byte()];
        for (int i = 0; i < endpoints.Length; i++)
            endpoints[i] = new ListeningEndpoint(reader.Byte(), new Endpoint(reader.Address(), reader.UInt16()));
        return endpoints;
    }
}

/// <param name="Protocol">As in the IP header: <see cref="FlowTuple.Tcp"/> or <see cref="FlowTuple.Udp"/>.</param>
public readonly record struct ListeningEndpoint(byte Protocol, Endpoint Endpoint);
