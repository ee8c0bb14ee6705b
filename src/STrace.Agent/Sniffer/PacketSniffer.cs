using System.Net;
using System.Net.NetworkInformation;
using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;
using STrace.Capture;
using STrace.Model;

namespace STrace.Agent;

/// <summary>Records the headers of the host's packets while a session records. The drain thread tells it when.</summary>
internal sealed class PacketSniffer(AgentOptions options, Spool spool, OpenSource open, ILogger<PacketSniffer> logger)
{
    /// <summary>Enough for the longest headers: LINUX_SLL2 20, IPv4 with options 60, TCP with options 60; and two VLAN tags.</summary>
    private const int SnapLength = 160;

    /// <summary>Linux gives the loopback interface of every network namespace this index (LOOPBACK_IFINDEX).</summary>
    private const int LoopbackIndex = 1;

    private const string LoopbackName = "lo";

    // With the kernel's headers around them, 100,000 packets: what comes while the agent does not run for a third of a second.
    private const int BufferBytes = 24 << 20;

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(10);

    private readonly CaptureOptions _capture = new()
    {
        Interface = options.Interface!,
        SnapLength = SnapLength,
        Filter = Filter(options),
        BufferBytes = BufferBytes,
        Delay = Delay,
        Direction = options.Interface == LoopbackName ? PacketDirection.In : null, // there each packet leaves and arrives
    };

    private readonly LinkType _linkType = options.Interface == CaptureOptions.AnyInterface ? LinkType.LinuxSll2 : LinkType.Ethernet;
    private readonly Endpoint? _manager = ManagerOf(options);
    private readonly SessionCapture _session = new(FrameType.Packets, spool, open, logger);
    private ForwardedPackets? _forwarded; // of a capture on all interfaces
    private ulong _ownMac;
    private bool _works;
    private long _ignored; // written by the capture's thread, as the next
    private long _duplicates;

    /// <summary>What became of the packets of the session that records, or of the last one. For any thread.</summary>
    public SnifferCounters Counters
    {
        get
        {
            CaptureStatistics seen = _session.Statistics;
            return new SnifferCounters(
                seen.Received, seen.DroppedByKernel, seen.DroppedByInterface, seen.Overruns,
                Volatile.Read(ref _ignored), Volatile.Read(ref _duplicates));
        }
    }

    /// <inheritdoc cref="SessionCapture.Late"/>
    public long Late => _session.Late;

    /// <summary>Tries whether the host's packets can be captured.</summary>
    /// <exception cref="AgentException">They cannot, and the operator asked for them.</exception>
    public void Check()
    {
        try
        {
            open(_capture).Dispose();
            _works = true;
        }
        catch (CaptureException e) when (options.InterfaceIsOptional)
        {
            LogMessages.NoPackets(logger, e.Message);
        }
        catch (CaptureException e)
        {
            throw new AgentException(e.Message, e.Kind == CaptureError.Permission);
        }
    }

    /// <summary>On return packets are being kept.</summary>
    public void Begin(string session)
    {
        if (!_works)
            return;
        _ownMac = OwnMac(_capture.Interface);
        _forwarded = _linkType == LinkType.LinuxSll2 ? new ForwardedPackets() : null;
        (_ignored, _duplicates) = (0, 0);
        _session.Begin(session, [(_capture, Take)]);
    }

    /// <inheritdoc cref="SessionCapture.Flush"/>
    public void Flush(long passedNs) => _session.Flush(passedNs);

    /// <inheritdoc cref="SessionCapture.PassedNs"/>
    public long PassedNs(long nowNs) => _session.PassedNs(nowNs);

    /// <inheritdoc cref="SessionCapture.LookAfter"/>
    public void LookAfter() => _session.LookAfter();

    /// <inheritdoc cref="SessionCapture.End"/>
    public void End() => _session.End();

    /// <summary>
    /// What the kernel can tell of the packets that are wanted: it cannot look behind IPv6 extension headers and all VLAN tags, where
    /// <see cref="IsWanted"/> looks again.
    /// </summary>
    private static string Filter(AgentOptions options)
    {
        string filter = "(ip or ip6 or ether proto 0x8100 or ether proto 0x88a8)";
        if (ManagerAddress.Parse(options.Manager) is IPEndPoint manager)
            filter += $" and not (host {new IPAddress(manager.Address.GetAddressBytes())} and port {manager.Port})";
        // On the loopback libpcap gives only the copy that arrives; the other would fill the kernel's buffer for nothing.
        return options.Interface == CaptureOptions.AnyInterface ? $"{filter} and not (ifindex {LoopbackIndex} and outbound)" : filter;
    }

    private static Endpoint? ManagerOf(AgentOptions options) => ManagerAddress.Parse(options.Manager) is IPEndPoint manager
        ? new Endpoint(IpAddress.FromBytes(manager.Address.GetAddressBytes()), (ushort)manager.Port)
        : null;

    private void Take(in CapturedPacketHeader header, ReadOnlySpan<byte> frame)
    {
        if (!PacketDissector.TryRead(_linkType, frame, out DissectedPacket packet) || !IsWanted(packet))
        {
            Volatile.Write(ref _ignored, _ignored + 1);
            return;
        }
        if (_forwarded?.SeenElsewhere(header, packet, frame) == true)
        {
            Volatile.Write(ref _duplicates, _duplicates + 1);
            return;
        }

        // A packet of the loopback is sent and received at once: it counts as sent.
        bool outgoing = header.InterfaceIndex == LoopbackIndex || header.Direction == PacketDirection.Out
            || _linkType == LinkType.Ethernet && packet.SourceMac == _ownMac;
        _session.Add(new PacketRecord(header.TimeNs + options.ClockOffsetNs, header.InterfaceIndex, outgoing, frame[packet.NetworkOffset..packet.HeaderLength]));
    }

    private bool IsWanted(in DissectedPacket packet) =>
        packet.Protocol is FlowTuple.Tcp or FlowTuple.Udp or DissectedPacket.Icmp or DissectedPacket.IcmpV6
        && packet.Flow is { } flow && flow.Source != _manager && flow.Destination != _manager;

    /// <summary>An Ethernet frame does not tell whether it was sent or received; its source address does.</summary>
    private static ulong OwnMac(string name) => NetworkInterface.GetAllNetworkInterfaces()
        .FirstOrDefault(i => i.Name == name)?.GetPhysicalAddress().GetAddressBytes()
        .Aggregate(0UL, (mac, next) => mac << 8 | next) ?? 0;
}
