using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace STrace.Capture;

/// <summary>Captures packets of the machine's interfaces with libpcap.</summary>
public sealed class PcapSource : IPacketSource
{
    /// <summary>Bounds a call of <see cref="Dispatch"/> where packets come without end.</summary>
    private const int MostPacketsAtOnce = 4096;

    private readonly PcapHandle _handle;
    private readonly int _interfaceIndex;
    private readonly PacketDirection _direction;
    private volatile bool _stopped;

    // Of the thread that is within Dispatch.
    private PacketHandler? _handler;
    private ExceptionDispatchInfo? _failure;

    // Of the threads that read the statistics, under the lock: the kernel counts from one reading to the next.
    private readonly Lock _statisticsLock = new();
    private readonly InterfaceDrops _interfaceDrops;
    private CaptureStatistics _statistics;

    private PcapSource(PcapHandle handle, CaptureOptions options, LinkType linkType)
    {
        _handle = handle;
        LinkType = linkType;
        _interfaceIndex = linkType == LinkType.Ethernet ? (int)Libpcap.InterfaceIndex(options.Interface) : 0;
        _direction = options.Direction ?? PacketDirection.Unknown;
        _interfaceDrops = new InterfaceDrops(options.Interface);
    }

    public LinkType LinkType { get; }

    /// <summary>Begins to capture in the network namespace of the calling thread; any thread may read then.</summary>
    /// <exception cref="CaptureException">It is not possible; the kind and the message say why and what to do.</exception>
    public static PcapSource Open(CaptureOptions options)
    {
        PcapHandle handle = PcapHandle.Open(options, "capturing");
        try
        {
            LinkType linkType = ChooseLinkType(handle, options);
            SetDirection(handle, options);
            SetFilter(handle, options);
            return new PcapSource(handle, options, linkType);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public unsafe bool Dispatch(PacketHandler handler)
    {
        if (_stopped)
            return false;

        _handler = handler;
        using var self = new GCHandle<PcapSource>(this);
        int result = Libpcap.Dispatch(_handle, MostPacketsAtOnce, &OnPacket, GCHandle<PcapSource>.ToIntPtr(self));

        ExceptionDispatchInfo? failure = _failure;
        (_handler, _failure) = (null, null);
        failure?.Throw();
        if (result != Libpcap.Break)
            _handle.Require(result);
        return !_stopped;
    }

    public unsafe CaptureStatistics ReadStatistics()
    {
        lock (_statisticsLock)
        {
            // libpcap's own pcap_stats does not tell the overruns, and has 32 bits that wrap.
            Libpcap.Statistics counts = default;
            uint length = (uint)sizeof(Libpcap.Statistics);
            if (Libpcap.GetOption(Libpcap.Descriptor(_handle), Libpcap.PacketLevel, Libpcap.PacketStatistics, &counts, &length) < 0)
                throw new CaptureException(CaptureError.Failed, $"the kernel does not count packets: {Marshal.GetLastPInvokeErrorMessage()}");
            return _statistics += new CaptureStatistics(counts.Received, counts.Dropped, _interfaceDrops.ReadNew()) { Overruns = counts.Overruns };
        }
    }

    public void Stop()
    {
        _stopped = true;
        try
        {
            Libpcap.BreakLoop(_handle); // wakes a thread that waits, since libpcap 1.10
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any more.
        }
    }

    public void Dispose()
    {
        Stop();
        _handle.Dispose();
    }

    /// <summary>LINUX_SLL2 on all interfaces: the older LINUX_SLL, libpcap's default there, does not name the interface.</summary>
    private static LinkType ChooseLinkType(PcapHandle handle, CaptureOptions options)
    {
        if (options.Interface == CaptureOptions.AnyInterface)
        {
            handle.Require(Libpcap.SetDataLink(handle, (int)LinkType.LinuxSll2));
            return LinkType.LinuxSll2;
        }
        int dataLink = Libpcap.DataLink(handle);
        return dataLink == (int)LinkType.Ethernet ? LinkType.Ethernet : throw new CaptureException(
            CaptureError.LinkType,
            $"capturing on {options.Interface} is not possible, it carries no Ethernet frames (link type {dataLink}): "
                + $"capture on {CaptureOptions.AnyInterface}");
    }

    private static unsafe void SetDirection(PcapHandle handle, CaptureOptions options)
    {
        if (options.Direction == PacketDirection.In)
        {
            handle.Require(Libpcap.SetDirection(handle, Libpcap.DirectionIn));

            // libpcap looks at the direction behind the kernel's buffer and its counts; Linux 4.20 and newer can look before.
            int on = 1;
            Libpcap.SetOption(Libpcap.Descriptor(handle), Libpcap.PacketLevel, Libpcap.PacketIgnoreOutgoing, &on, sizeof(int));
        }
        else if (options.Direction == PacketDirection.Out)
            handle.Require(Libpcap.SetDirection(handle, Libpcap.DirectionOut));
    }

    private static unsafe void SetFilter(PcapHandle handle, CaptureOptions options)
    {
        if (options.Filter.Length == 0)
            return;
        Libpcap.Program program;
        if (Libpcap.Compile(handle, &program, options.Filter, optimize: 1, Libpcap.NetmaskUnknown) < 0)
        {
            throw new CaptureException(
                CaptureError.BadFilter,
                $"capturing on {options.Interface} is not possible, "
                    + $"'{options.Filter}' is no filter of pcap-filter(7): {handle.ErrorOf(-1)}");
        }
        int status = Libpcap.SetFilter(handle, &program);
        Libpcap.FreeCode(&program);
        handle.Require(status);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe void OnPacket(nint user, Libpcap.PacketHeader* header, byte* frame)
    {
        PcapSource source = GCHandle<PcapSource>.FromIntPtr(user).Target;
        try
        {
            source.Hand(in *header, new ReadOnlySpan<byte>(frame, (int)header->CapturedLength));
        }
        catch (Exception e)
        {
            // An exception must not unwind libpcap's frames: Dispatch throws it.
            source._failure = ExceptionDispatchInfo.Capture(e);
            Libpcap.BreakLoop(source._handle);
        }
    }

    private void Hand(in Libpcap.PacketHeader header, ReadOnlySpan<byte> frame)
    {
        (int interfaceIndex, PacketDirection direction) = (_interfaceIndex, _direction);
        if (LinkType == LinkType.LinuxSll2 && frame.Length >= LinuxSll2.HeaderLength)
        {
            interfaceIndex = BinaryPrimitives.ReadInt32BigEndian(frame[LinuxSll2.InterfaceIndexOffset..]);
            direction = frame[LinuxSll2.PacketTypeOffset] == LinuxSll2.Outgoing ? PacketDirection.Out : PacketDirection.In;
        }
        _handler!(
            new CapturedPacketHeader(
                header.Seconds * 1_000_000_000L + header.Nanoseconds, frame.Length, (int)header.OriginalLength, interfaceIndex, direction),
            frame);
    }
}
