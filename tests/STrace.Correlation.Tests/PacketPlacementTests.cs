using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class PacketPlacementTests
{
    private const TcpMarks FinAck = TcpMarks.Fin | TcpMarks.Ack;
    private const TcpMarks RstAck = TcpMarks.Rst | TcpMarks.Ack;

    private readonly Scenario _s = new();
    private readonly TestThread _client;
    private readonly TestThread _server;
    private readonly Channel _c;
    private readonly Channel _d;

    public PacketPlacementTests()
    {
        (_client, _server) = (_s.Thread("h1", 1), _s.Thread("h2", 2));
        (_c, _d) = _s.Tcp("h1", "10.0.0.1:5000", "h2", "10.0.0.2:80");
    }

    //  h1: connect  write 29  write 221                     SYN  SYN-ACK  ACK  [29]  [221]
    //  h2: accept                        read 4  read 246   the second segment holds bytes of the second read only
    [Theory]
    [InlineData(1000, 9000)]
    [InlineData(uint.MaxValue - 10, uint.MaxValue)]
    public void Build_PartialReads_PutPacketsUnderTheCallsOfTheirFirstBytes(uint clientStart, uint serverStart)
    {
        var near = new TestSniffer(_s, _c, clientStart, serverStart);
        var far = new TestSniffer(_s, _d, serverStart, clientStart);
        HostEvent connect = _client.Call(Operation.Connect, _c, durationNs: 10_000);
        _s.NowNs -= 9_000;
        var (syn, synAck) = near.ClientHandshake();
        var (farSyn, farSynAck) = far.ServerHandshake();
        _s.NowNs += 10_000;
        HostEvent accept = _server.Accept(_d);
        HostEvent write29 = _client.Write(_c, 29), write221 = _client.Write(_c, 221);
        CapturedPacket out29 = near.DataOut(1, 29), out221 = near.DataOut(30, 221), in29 = far.DataIn(1, 29), in221 = far.DataIn(30, 221);
        CapturedPacket ack = far.Out(TcpMarks.Ack, 1, acknowledges: 251);
        HostEvent read4 = _server.Read(_d, 4), read246 = _server.Read(_d, 246), answer = _server.Write(_d, 250);
        CapturedPacket reply = far.DataOut(1, 250), replied = near.DataIn(1, 250);
        HostEvent read = _client.Read(_c, 250);
        PathSet set = _s.Build();

        _s.AssertExact(set);
        Assert.Empty(set.UnplacedPackets);
        Assert.Equal(
            [connect, connect, accept, accept, write29, write221, read4, read246, answer, read],
            new[] { syn, synAck, farSyn, farSynAck, out29, out221, in29, in221, reply, replied }.Select(set.CallOf));
        Assert.Null(set.Placed(ack));
        Assert.All(set.Paths[0].Packets, p => Assert.False(p.Retransmission));
        Assert.Equal(Enumerable.Range(1, 10).Select(i => $"p{i}"), set.Paths[0].Packets.Select(p => p.Id));
        Assert.Equal(set.Paths[0].Packets.OrderBy(p => p.Packet.TimeNs), set.Paths[0].Packets);
    }

    //  one segment with the end of one write and the beginning of the next (Nagle): under the first
    [Fact]
    public void Build_SegmentOfTwoSends_StandsUnderTheFirst()
    {
        TestSniffer near = Connect();
        HostEvent first = _client.Write(_c, 10), second = _client.Write(_c, 20);
        CapturedPacket both = near.DataOut(6, 15), rest = near.DataOut(21, 10);
        PathSet set = _s.Build();

        Assert.Equal([first, second], new[] { both, rest }.Select(set.CallOf));
    }

    //  2 x 3 GB: sequence numbers come round twice
    [Fact]
    public void Build_MoreThan4GB_CountsOn()
    {
        const long Gigabyte = 1L << 30;
        TestSniffer near = Connect();
        HostEvent first = _client.Write(_c, 3 * Gigabyte), second = _client.Write(_c, 3 * Gigabyte);
        CapturedPacket[] packets = [.. Enumerable.Range(0, 6).Select(i => near.DataOut((i * Gigabyte) + 1, 1000))];
        CapturedPacket again = near.DataOut((4 * Gigabyte) + 1, 1000);
        PathSet set = _s.Build();

        Assert.Equal([first, first, first, second, second, second, second], packets.Append(again).Select(set.CallOf));
        Assert.Equal([again], set.Paths[0].Packets.Where(p => p.Retransmission).Select(p => p.Packet));
    }

    //  h1: SYN, SYN;  [1..100] [101..200], [1..100] again, [201..300] late [301..400] first     h2 got [1..100] once
    [Fact]
    public void Build_BytesSeenBefore_AreRetransmissionsAtThatHostOnly()
    {
        var near = new TestSniffer(_s, _c, 7, 8);
        var far = new TestSniffer(_s, _d, 8, 7);
        CapturedPacket again = Retransmit();
        far.ServerHandshake();
        _client.Connect(_c);
        HostEvent write = _client.Write(_c, 400), accept = _server.Accept(_d);
        near.DataOut(1, 100);
        near.DataOut(101, 100);
        CapturedPacket lost = near.DataOut(1, 100), partly = near.DataOut(151, 50);
        CapturedPacket early = near.DataOut(301, 100), late = near.DataOut(201, 100);
        CapturedPacket arrived = far.DataIn(1, 100);
        _server.Read(_d, 400);
        PathSet set = _s.Build();

        Assert.Equal([again, lost, partly], set.Paths[0].Packets.Where(p => p.Retransmission).Select(p => p.Packet));
        Assert.All([early, late, arrived], p => Assert.False(set.Placed(p)!.Retransmission));
        Assert.Same(write, set.CallOf(lost));
        Assert.Equal(2, set.Paths[0].Packets.Count(p => p.Event == set.Paths[0].Events.Single(e => e.Event == accept).Id));

        CapturedPacket Retransmit()
        {
            near.Out(TcpMarks.Syn, 0);
            CapturedPacket second = near.Out(TcpMarks.Syn, 0);
            near.In(TcpMarks.Syn | TcpMarks.Ack, 0, acknowledges: 1);
            return second;
        }
    }

    //  the same addresses three times; of the second connection the calls were not traced
    [Fact]
    public void Build_AddressesUsedAgain_AreSplitBySyn()
    {
        var packets = new List<(HostEvent? Write, CapturedPacket Packet)>();
        foreach (string? request in (string?[])["A", null, "B"])
        {
            _s.Request = request;
            Channel c = _s.Socket("h1", "10.0.0.1:5000", "10.0.0.2:80");
            var sniffer = new TestSniffer(_s, c, (uint)_s.NowNs * 7919, 5);
            HostEvent? connect = request is null ? null : _client.Call(Operation.Connect, c, durationNs: 1000);
            _s.NowNs -= request is null ? 0 : 1000;
            sniffer.ClientHandshake();
            _s.NowNs += 1000;
            HostEvent? write = request is null ? null : _client.Write(c, 10);
            packets.Add((write, sniffer.DataOut(1, 10)));
            if (connect is not null)
                _client.Close(c);
            _s.NowNs += 1_000_000_000;
        }
        PathSet set = _s.Build();

        Assert.Equal(packets.Select(p => p.Write), packets.Select(p => set.CallOf(p.Packet)));
        Assert.StartsWith("no traced call on this connection", set.ReasonOf(packets[1].Packet), StringComparison.Ordinal);
    }

    //  connect ... write     the sniffer begins here: [30..58]
    [Fact]
    public void Build_CaptureBeginsInTheMiddle_IsNotAligned()
    {
        var near = new TestSniffer(_s, _c, 7, 8);
        _client.Connect(_c);
        _client.Write(_c, 58);
        CapturedPacket packet = near.DataOut(30, 29), answer = near.DataIn(1, 5);
        _client.Read(_c, 5);
        PathSet set = _s.Build();

        Assert.Empty(set.Paths[0].Packets);
        Assert.All([packet, answer], p => Assert.Equal("the connection's beginning was not captured", set.ReasonOf(p)));
    }

    //  the SYN (or the SYN-ACK) was not captured; what answered it tells its number
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Build_HalfAHandshake_IsEnough(bool synSeen)
    {
        var near = new TestSniffer(_s, _c, 7, 8);
        if (synSeen)
            near.Out(TcpMarks.Syn, 0);
        else
            near.In(TcpMarks.Syn | TcpMarks.Ack, 0, acknowledges: 1);
        near.Out(TcpMarks.Ack, 1, acknowledges: 1);
        _client.Connect(_c);
        HostEvent write = _client.Write(_c, 10), read = _client.Read(_c, 10);
        CapturedPacket sent = near.DataOut(1, 10), received = near.DataIn(1, 10);
        PathSet set = _s.Build();

        Assert.Equal([write, read], new[] { sent, received }.Select(set.CallOf));
    }

    [Fact]
    public void Build_DataNobodyTook_SaysWhy()
    {
        TestSniffer near = Connect();
        CapturedPacket unsent = near.DataOut(1, 10);
        _client.Write(_c, 5);
        _client.Read(_c, 5);
        CapturedPacket beyond = near.DataIn(6, 10);
        _client.Close(_c);
        Channel other = _s.Socket("h1", "10.0.0.1:1", "10.0.0.2:1"), open = _s.Socket("h1", "10.0.0.1:2", "10.0.0.2:1");
        CapturedPacket foreign = new TestSniffer(_s, other, 7, 8).DataOut(1, 10);
        CapturedPacket late = near.DataOut(6, 10);
        var waiting = new TestSniffer(_s, open, 7, 8);
        waiting.ClientHandshake();
        _client.Connect(open);
        CapturedPacket unread = waiting.DataIn(1, 10);
        PathSet set = _s.Build();

        Assert.NotNull(set.Placed(unsent));
        Assert.Equal("no traced call sent these bytes", set.ReasonOf(late));
        Assert.Equal("no call took these bytes (the connection was closed before they were read)", set.ReasonOf(beyond));
        Assert.Equal("no call took these bytes", set.ReasonOf(unread));
        Assert.Equal("no traced call on this connection", set.ReasonOf(foreign));
        Assert.Equal([beyond, foreign, late, unread], set.UnplacedPackets.Select(p => p.Packet));
    }

    //  h2 was traced only from its first read on                h1 lost calls behind its first write
    [Fact]
    public void Build_CallsThatCannotBeCounted_TakeNoPackets()
    {
        TestSniffer near = Connect();
        var far = new TestSniffer(_s, _d, 8, 7);
        far.ServerHandshake();
        HostEvent write = _client.Write(_c, 10);
        CapturedPacket before = near.DataOut(1, 10), received = far.DataIn(1, 10);
        _server.Read(_d, 10);
        _client.LoseCalls(2);
        _client.Write(_c, 10);
        CapturedPacket behind = near.DataOut(11, 10);
        PathSet set = _s.Build();

        Assert.Same(write, set.CallOf(before));
        Assert.Equal("calls were lost, so which one's bytes these are is not known", set.ReasonOf(behind));
        Assert.Equal("no traced call opened the connection, so its calls' bytes cannot be counted", set.ReasonOf(received));
    }

    //  h1: write  shutdown  read 0 (the server's FIN)  close         h2: dup  close (one of two)  close (FIN)
    [Fact]
    public void Build_Fin_StandsUnderTheCallThatEndedOrRead()
    {
        TestSniffer near = Connect();
        var far = new TestSniffer(_s, _d, 8, 7);
        far.ServerHandshake();
        _server.Accept(_d);
        _server.Call(Operation.Dup, _d);
        HostEvent shutdown = _client.Call(Operation.Shutdown, _c, arg1: 1);
        CapturedPacket half = near.Out(FinAck, 1);
        _server.Close(_d);
        HostEvent closing = _server.Close(_d);
        CapturedPacket fin = far.Out(FinAck, 1), again = far.Out(FinAck, 1), arrived = near.In(FinAck, 1);
        HostEvent end = _client.Read(_c, 0);
        _client.Close(_c);
        PathSet set = _s.Build();

        Assert.Equal([shutdown, closing, closing, end], new[] { half, fin, again, arrived }.Select(set.CallOf));
        Assert.True(set.Placed(again)!.Retransmission);
    }

    //  h1: read fails with ECONNRESET, close                   h2: close with bytes unread: RST
    [Fact]
    public void Build_Rst_StandsUnderTheCallThatItFailed()
    {
        TestSniffer near = Connect();
        var far = new TestSniffer(_s, _d, 8, 7);
        far.ServerHandshake();
        _server.Accept(_d);
        _client.Write(_c, 10);
        HostEvent close = _server.Close(_d);
        CapturedPacket sent = far.Out(RstAck, 1), received = near.In(RstAck, 1), second = near.In(TcpMarks.Rst, 1);
        HostEvent failed = _client.Call(Operation.RecvSocket, _c, result: -1, errno: LinuxErrno.ECONNRESET);
        _client.Close(_c);
        PathSet set = _s.Build();

        Assert.Equal([close, failed, failed], new[] { sent, received, second }.Select(set.CallOf));
        Assert.Equal(
            ["reset by this host", "reset by peer", "reset by peer"],
            new[] { sent, received, second }.Select(p => set.Placed(p)!.Error));
    }

    //  connect to a closed port: SYN, RST; the kernel has then taken the socket's address away
    [Fact]
    public void Build_RefusedConnect_HasItsSynAndRst()
    {
        _server.Accept(_s.Socket("h2", "10.0.0.2:81", "10.0.0.9:1"));
        Channel socket = _s.Socket("h2", "0.0.0.0:6000", "10.0.0.3:80");
        var sniffer = new TestSniffer(_s, _s.Socket("h2", "10.0.0.2:6000", "10.0.0.3:80"), 7, 0);
        HostEvent connect = _server.Call(
            Operation.Connect, socket, result: -1, errno: LinuxErrno.ECONNREFUSED, durationNs: 10_000);
        _s.NowNs -= 9_000;
        CapturedPacket syn = sniffer.Out(TcpMarks.Syn, 0), rst = sniffer.In(RstAck, 0, acknowledges: 1);
        PathSet set = _s.Build();

        Assert.Equal([connect, connect], new[] { syn, rst }.Select(set.CallOf));
        Assert.Equal("connection refused", set.Placed(rst)!.Error);
    }

    //  one host, both ends on it; the capture tells each packet once, or as it leaves and as it arrives
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Build_Loopback_KeepsTheEndsApart(bool twice)
    {
        TestThread client = _s.Thread("h", 1), server = _s.Thread("h", 2);
        (Channel c, Channel d) = _s.Tcp("h", "127.0.0.1:5000", "h", "127.0.0.1:80");
        TestSniffer near = new(_s, c, 7, 8), far = new(_s, d, 8, 7);
        if (twice)
            near.Out(TcpMarks.Syn, 0);
        far.In(TcpMarks.Syn, 0);
        if (twice)
            far.Out(TcpMarks.Syn | TcpMarks.Ack, 0, acknowledges: 1);
        near.In(TcpMarks.Syn | TcpMarks.Ack, 0, acknowledges: 1);
        far.In(TcpMarks.Ack, 1, acknowledges: 1);
        client.Connect(c);
        server.Accept(d);
        HostEvent write = client.Write(c, 10);
        CapturedPacket? left = twice ? near.DataOut(1, 10) : null;
        CapturedPacket arrived = far.DataIn(1, 10);
        HostEvent read = server.Read(d, 10);
        PathSet set = _s.Build();

        Assert.Same(read, set.CallOf(arrived));
        Assert.Same(twice ? write : null, left is null ? null : set.CallOf(left));
        Assert.Equal(twice ? 6 : 3, set.Paths[0].Packets.Count);
        Assert.Empty(set.UnplacedPackets);
    }

    //  an idle thread, which serves no request, closes the connection
    [Fact]
    public void Build_CloseInNoPath_LeavesItsFinOut()
    {
        TestSniffer near = Connect();
        _client.Write(_c, 10);
        CapturedPacket data = near.DataOut(1, 10);
        TestThread idle = _s.Thread("h1", 1, 77);
        idle.Close(_c);
        CapturedPacket fin = near.Out(FinAck, 11);
        PathSet set = _s.Build();

        Assert.NotNull(set.Placed(data));
        Assert.Null(set.Placed(fin));
        Assert.Empty(set.UnplacedPackets);
    }

    private TestSniffer Connect()
    {
        var near = new TestSniffer(_s, _c, 7, 8);
        near.ClientHandshake();
        _client.Connect(_c);
        return near;
    }
}
