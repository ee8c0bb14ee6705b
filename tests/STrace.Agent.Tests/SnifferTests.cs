using STrace.AgentProtocol;
using STrace.Capture;
using STrace.TestKit;

namespace STrace.Agent.Tests;

public sealed class SnifferTests
{
    private const int NoPackets = 11;
    private const int CaptureBroken = 12;
    private const int CaptureResumed = 13;
    private const int PacketsDropped = 14;
    private const int CaptureEnded = 15;

    private readonly Spool _spool = new(maxBytes: 64 * 1024 * 1024);
    private readonly CollectingLogger<PacketSniffer> _log = new();
    private readonly Queue<Func<IPacketSource>> _sources = new();
    private readonly List<CaptureOptions> _opened = [];

    [Fact]
    public async Task End_PacketsWereSeen_AllAreInBlocksAsHeaders()
    {
        ScriptedSource source = Next();
        PacketSniffer sniffer = Sniffer();
        sniffer.Begin("s1");

        for (int i = 0; i < 1000; i++)
            source.See(Captures.Tcp((ushort)i, 80, payload: 9), timeNs: 5 + i, direction: i % 2 == 0 ? PacketDirection.Out : PacketDirection.In);
        sniffer.End();

        List<object> frames = await Captures.FramesAsync(_spool);
        Assert.All(frames, f => Assert.Equal("s1", Assert.IsType<BlockFrame>(f).Session));
        var packets = Captures.PacketsOf(frames);
        Assert.Equal(Enumerable.Range(0, 1000), packets.Select(p => (int)p.SourcePort));
        Assert.All(packets, p => Assert.Equal((5L + p.SourcePort, 2, p.SourcePort % 2 == 0), (p.TimeNs, p.InterfaceIndex, p.Outgoing)));
        Assert.All(packets, p => Assert.Equal((40, 9), (p.Headers.Length, p.TcpPayload)));
        Assert.True(source.IsDisposed);
        Assert.Contains("1000 packets recorded, 0 lost", Assert.Single(_log.OfEvent(CaptureEnded)));
    }

    [Fact]
    public async Task PassedNs_WhatTheKernelCountedIsHandled_IsTheTimeOfTheQuestion()
    {
        ScriptedSource source = Next();
        PacketSniffer sniffer = Sniffer();
        sniffer.Begin("s1");
        source.See(Captures.Tcp(1, 2));
        await Eventually.TrueAsync(() => source.Handled == 1, "the packet is handled");

        Assert.Equal(1_000_000_000, sniffer.PassedNs(1_000_000_000));
        sniffer.End();
    }

    [Fact]
    public void PassedNs_APacketIsOnItsWay_IsTheTimeBeforeIt()
    {
        ScriptedSource source = Next();
        PacketSniffer sniffer = Sniffer();
        sniffer.Begin("s1");
        Assert.Equal(1000, PassedMs(1000));

        source.Withhold();

        Assert.Equal(1000, PassedMs(1010));
        Assert.Equal(1000, PassedMs(1100));
        Assert.Equal(1010, PassedMs(1220)); // what was not there by now never comes
        sniffer.End();

        long PassedMs(long nowMs) => sniffer.PassedNs(nowMs * 1_000_000) / 1_000_000;
    }

    [Fact]
    public void Flush_PacketOfATimeThatHasPassed_IsCounted()
    {
        ScriptedSource source = Next();
        PacketSniffer sniffer = Sniffer();
        sniffer.Begin("s1");
        sniffer.Flush(passedNs: 100);

        source.See(Captures.Tcp(1, 2), timeNs: 99);
        source.See(Captures.Tcp(3, 4), timeNs: 100);
        sniffer.End();

        Assert.Equal(1, sniffer.Late);
    }

    [Fact]
    public async Task Begin_SecondSession_HasItsOwnPacketsAlone()
    {
        PacketSniffer sniffer = Sniffer();
        foreach (string session in (string[])["s1", "s2"])
        {
            ScriptedSource source = Next();
            sniffer.Begin(session);
            source.See(Captures.Tcp(1, 2));
            sniffer.End();
        }

        Assert.Equal(["s1", "s2"], (await Captures.FramesAsync(_spool)).Cast<BlockFrame>().Select(b => b.Session));
    }

    [Fact]
    public async Task Packet_OfTheLoopback_CountsAsSent()
    {
        ScriptedSource source = Next();
        PacketSniffer sniffer = Sniffer();
        sniffer.Begin("s1");

        source.See(Captures.Tcp(1, 2), interfaceIndex: 1, direction: PacketDirection.In);
        sniffer.End();

        Assert.True(Assert.Single(Captures.PacketsOf(await Captures.FramesAsync(_spool))).Outgoing);
    }

    [Fact]
    public async Task Packet_ClockIsOffset_IsToldWithTheOffset()
    {
        ScriptedSource source = Next();
        PacketSniffer sniffer = Sniffer(clockOffset: TimeSpan.FromMilliseconds(-500));
        sniffer.Begin("s1");

        source.See(Captures.Tcp(1, 2), timeNs: 2_000_000_000);
        sniffer.End();

        Assert.Equal(1_500_000_000, Assert.Single(Captures.PacketsOf(await Captures.FramesAsync(_spool))).TimeNs);
    }

    [Fact]
    public async Task Packet_WithBrokenHeaders_IsLeftOut()
    {
        ScriptedSource source = Next();
        PacketSniffer sniffer = Sniffer();
        sniffer.Begin("s1");

        source.See(Captures.Tcp(1, 2)[..50]);
        source.See(Captures.Tcp(3, 4));
        sniffer.End();

        Assert.Equal(3, Assert.Single(Captures.PacketsOf(await Captures.FramesAsync(_spool))).SourcePort);
    }

    [Fact]
    public void LookAfter_KernelDropped_SaysSoOnceAndAgainAtTheEnd()
    {
        ScriptedSource source = Next();
        PacketSniffer sniffer = Sniffer();
        sniffer.Begin("s1");
        source.Dropped = 7;

        sniffer.LookAfter();
        sniffer.LookAfter();
        sniffer.End();

        Assert.Contains("7 are lost in session s1", Assert.Single(_log.OfEvent(PacketsDropped)));
        Assert.Contains("0 packets recorded, 7 lost", Assert.Single(_log.OfEvent(CaptureEnded)));
    }

    [Fact]
    public async Task Interface_GoesAwayAndComesBack_IsCapturedAgain()
    {
        ScriptedSource first = Next();
        _sources.Enqueue(() => throw Captures.NoSuchInterface());
        ScriptedSource second = Next();
        PacketSniffer sniffer = Sniffer();
        sniffer.Begin("s1");
        first.See(Captures.Tcp(1, 2));
        first.Dropped = 3;

        first.Break(Captures.NoSuchInterface());
        await Eventually.TrueAsync(() => _log.OfEvent(CaptureResumed).Any(), "the capture is resumed");
        second.See(Captures.Tcp(3, 4));
        sniffer.End();

        Assert.Equal([1, 3], Captures.PacketsOf(await Captures.FramesAsync(_spool)).Select(p => (int)p.SourcePort));
        Assert.Single(_log.OfEvent(CaptureBroken));
        Assert.Contains("2 packets recorded, 3 lost", Assert.Single(_log.OfEvent(CaptureEnded)));
    }

    [Theory]
    [InlineData("any", "unix:/x", " and not (ifindex 1 and outbound)")]
    [InlineData("any", "10.0.0.9:7653", " and not (host 10.0.0.9 and port 7653) and not (ifindex 1 and outbound)")]
    [InlineData("eth0", "[fd00::9]:7653", " and not (host fd00::9 and port 7653)")]
    public void Filter_OfAnInterfaceAndAManager_LeavesOutTheAgentsOwnTraffic(string interfaceName, string manager, string rest)
    {
        Sniffer(interfaceName: interfaceName, manager: manager);

        CaptureOptions options = Assert.Single(_opened);
        Assert.Equal(
            (interfaceName, $"(ip or ip6 or ether proto 0x8100 or ether proto 0x88a8){rest}"),
            (options.Interface, options.Filter));
    }

    [Fact]
    public async Task Counters_OfASession_TellWhatBecameOfEachPacket()
    {
        ScriptedSource source = Next();
        PacketSniffer sniffer = Sniffer(manager: "10.0.0.2:7653");
        sniffer.Begin("s1");

        source.See(Captures.Tcp(1, 2), interfaceIndex: 2);
        source.See(Captures.Tcp(1, 2), interfaceIndex: 3); // the host forwards it
        source.See(Captures.Tcp(1, 7653)); // to the manager, as in a VLAN, where the kernel does not look
        source.See(Captures.Tcp(1, 2)[..50]);
        source.See(OtherProtocol());
        source.Dropped = 7;
        sniffer.End();

        Assert.Equal(new SnifferCounters(Received: 12, DroppedByKernel: 7, 0, 0, Ignored: 3, Duplicates: 1), sniffer.Counters);
        Assert.Single(Captures.PacketsOf(await Captures.FramesAsync(_spool)));
    }

    [Fact]
    public void Counters_OfTheNextSession_BeginAnew()
    {
        Next().Dropped = 7;
        Next();
        PacketSniffer sniffer = Sniffer();
        sniffer.Begin("s1");
        sniffer.End();

        sniffer.Begin("s2");
        SnifferCounters counters = sniffer.Counters;
        sniffer.End();

        Assert.Equal(SnifferCounters.None, counters);
    }

    [Fact]
    public void Check_CannotCaptureAndNobodyAsked_SaysSoAndGoesOnWithoutPackets()
    {
        CaptureException reason = Captures.NoSuchInterface();

        PacketSniffer sniffer = Sniffer(() => throw reason, optional: true);
        sniffer.Begin("s1");
        sniffer.LookAfter();
        sniffer.End();

        Assert.Equal($"packets are not recorded: {reason.Message}", Assert.Single(_log.OfEvent(NoPackets)));
        Assert.Single(_opened);
        Assert.Equal(0, _spool.Sequence);
    }

    [Fact]
    public void Check_CannotCaptureWhatWasAskedFor_Refuses()
    {
        CaptureException reason = Captures.NoSuchInterface();

        var refusal = Assert.Throws<AgentException>(() => Sniffer(() => throw reason));

        Assert.Equal((reason.Message, reason.Kind == CaptureError.Permission), (refusal.Message, refusal.Permission));
    }

    private static byte[] OtherProtocol()
    {
        byte[] frame = Captures.Tcp(1, 2);
        frame[20 + 9] = 132; // SCTP
        return frame;
    }

    private ScriptedSource Next()
    {
        var source = new ScriptedSource();
        _sources.Enqueue(() => source);
        return source;
    }

    /// <summary>A sniffer that has tried whether it can capture.</summary>
    private PacketSniffer Sniffer(Func<IPacketSource>? first = null, bool optional = false, string interfaceName = "any", string manager = "unix:/x", TimeSpan clockOffset = default)
    {
        var options = new AgentOptions
        {
            Host = "h",
            Manager = manager,
            Socket = "x",
            Interface = interfaceName,
            InterfaceIsOptional = optional,
            ClockOffset = clockOffset,
        };
        var sniffer = new PacketSniffer(options, _spool, Open, _log);
        sniffer.Check();
        return sniffer;

        IPacketSource Open(CaptureOptions asked)
        {
            _opened.Add(asked);
            return _opened.Count > 1 ? _sources.Dequeue()() : (first ?? (() => new ScriptedSource()))();
        }
    }
}
