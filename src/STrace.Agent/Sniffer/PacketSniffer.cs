using System.Net;
using System.Net.NetworkInformation;
using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;
using STrace.Capture;

namespace STrace.Agent;

/// <summary>Records the headers of the host's packets while a session records. The drain thread tells it when.</summary>
internal sealed class PacketSniffer(AgentOptions options, Spool spool, OpenSource open, ILogger<PacketSniffer> logger)
{
    /// <summary>Enough for the longest headers: LINUX_SLL2 20, IPv4 with options 60, TCP with options 60.</summary>
    private const int SnapLength = 160;

    /// <summary>Linux gives the loopback interface of every network namespace this index (LOOPBACK_IFINDEX).</summary>
    private const int LoopbackIndex = 1;

    private readonly CaptureOptions _capture = new()
    {
        Interface = options.Interface!,
        SnapLength = SnapLength,
        Filter = Filter(options),
        BufferBytes = 4 << 20,
        Delay = TimeSpan.Zero,
    };

    private readonly SessionCapture _session = new(FrameType.Packets, spool, open, logger);
    private ulong _ownMac;
    private bool _works;

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
        _session.Begin(session, [(_capture, Take)]);
    }

    /// <inheritdoc cref="SessionCapture.Flush"/>
    public void Flush() => _session.Flush();

    /// <inheritdoc cref="SessionCapture.LookAfter"/>
    public void LookAfter() => _session.LookAfter();

    /// <inheritdoc cref="SessionCapture.End"/>
    public void End() => _session.End();

    /// <summary>Everything with a transport header but what this agent and the manager say to each other.</summary>
    private static string Filter(AgentOptions options)
    {
        string filter = "(tcp or udp or icmp or icmp6)";
        if (ManagerAddress.Parse(options.Manager) is IPEndPoint manager)
            filter += $" and not (host {new IPAddress(manager.Address.GetAddressBytes())} and port {manager.Port})";
        // On the loopback libpcap gives only the copy that arrives; the other would fill the kernel's buffer for nothing.
        return options.Interface == CaptureOptions.AnyInterface ? $"{filter} and not (ifindex {LoopbackIndex} and outbound)" : filter;
    }

    private void Take(in CapturedPacketHeader header, ReadOnlySpan<byte> frame)
    {
        LinkType linkType = _capture.Interface == CaptureOptions.AnyInterface ? LinkType.LinuxSll2 : LinkType.Ethernet;
        if (!PacketDissector.TryRead(linkType, frame, out DissectedPacket packet) || packet.Flow is null)
            return; // it contradicts itself: no receiver took it either

        // A packet of the loopback is sent and received at once: it counts as sent.
        bool outgoing = header.InterfaceIndex == LoopbackIndex || header.Direction == PacketDirection.Out
            || linkType == LinkType.Ethernet && packet.SourceMac == _ownMac;
        _session.Add(new PacketRecord(header.TimeNs, header.InterfaceIndex, outgoing, frame[packet.NetworkOffset..packet.HeaderLength]));
    }

    /// <summary>An Ethernet frame does not tell whether it was sent or received; its source address does.</summary>
    private static ulong OwnMac(string name) => NetworkInterface.GetAllNetworkInterfaces()
        .FirstOrDefault(i => i.Name == name)?.GetPhysicalAddress().GetAddressBytes()
        .Aggregate(0UL, (mac, next) => mac << 8 | next) ?? 0;
}
