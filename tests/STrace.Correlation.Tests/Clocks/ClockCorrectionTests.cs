using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary><code>
///  A  write, packet out ----> packet in, read  B        10 ms apart, 50 us under way,
///  A  read, packet in  &lt;---- packet out, write B        then the same between B and C, then between C and A
/// </code></summary>
public sealed class ClockCorrectionTests
{
    private const long Ms = 1_000_000;
    private const long UnderWayNs = 50_000;

    private readonly Dictionary<string, long> _offNs = new() { ["A"] = 0, ["B"] = 0, ["C"] = 0 };
    private readonly List<(HostEvent Write, HostEvent Read)> _calls = [];
    private readonly List<(CapturedPacket Left, CapturedPacket Came)> _packets = [];
    private readonly List<ClockReading> _readings = [];
    private long _nowNs = 1_700_000_000_000_000_000;

    [Theory]
    [InlineData(+500, -500)]
    [InlineData(-500, +500)]
    [InlineData(0, 3)]
    public void Apply_TwoClocksAreWrong_PutsEveryReceiveBehindItsSend(int firstMs, int secondMs)
    {
        (_offNs["B"], _offNs["C"]) = (firstMs * Ms, secondMs * Ms);
        CorrelationInput corrected = ClockCorrection.Apply(Talk(), out IReadOnlyList<ClockOffset> offsets);

        HostEvent[] events = [.. corrected.Events];
        CapturedPacket[] packets = [.. corrected.Packets];
        for (int i = 0; i < _calls.Count; i++)
        {
            Assert.True(events[2 * i + 1].ExitNs > events[2 * i].EnterNs);
            Assert.True(packets[2 * i + 1].TimeNs >= packets[2 * i].TimeNs);
        }
        Assert.Equal([0, firstMs * Ms, secondMs * Ms], offsets.Select(o => o.Knots.Single().OffsetNs));
    }

    [Fact]
    public void Apply_OneClockIsWrong_LeavesTheInstancesOfOtherHosts()
    {
        _offNs["B"] = 500 * Ms;
        CorrelationInput input = Talk();
        CorrelationInput corrected = ClockCorrection.Apply(input, out _);

        AssertOthersAreSame(input.Events, corrected.Events, e => e.Host);
        AssertOthersAreSame(input.Packets, corrected.Packets, p => p.Host);
        AssertOthersAreSame(input.ThreadStarts, corrected.ThreadStarts, s => s.Host);
        AssertOthersAreSame(input.Losses, corrected.Losses, l => l.Host);
        AssertOthersAreSame(input.DeclaredSends, corrected.DeclaredSends, d => d.Host);
    }

    [Fact]
    public void Apply_ClocksAreRight_GivesTheInputItself()
    {
        CorrelationInput input = Talk();

        Assert.Same(input, ClockCorrection.Apply(input, out _));
    }

    [Fact]
    public void Apply_ClockIsWrong_MovesAllTimesOfTheHostAlikeAndNothingElseOfThem()
    {
        _offNs["B"] = -500 * Ms;
        CorrelationInput input = Talk();
        CorrelationInput corrected = ClockCorrection.Apply(input, out _);

        HostEvent was = input.Events.First(e => e.Host == "B"), now = corrected.Events.First(e => e.Host == "B");
        Assert.Equal((was.EnterNs + 500 * Ms, was.ExitNs + 500 * Ms), (now.EnterNs, now.ExitNs));
        Assert.Equivalent(was, now.At(was.EnterNs, was.ExitNs), strict: true);
        Assert.Equal(input.ThreadStarts.Select(s => s.Host == "B" ? s with { TimeNs = s.TimeNs + 500 * Ms } : s), corrected.ThreadStarts);
        Assert.Equal(input.Losses.Select(l => l.Host == "B" ? l with { TimeNs = l.TimeNs + 500 * Ms } : l), corrected.Losses);
        Assert.Equal(input.DeclaredSends.Select(d => d.Host == "B" ? d with { TimeNs = d.TimeNs + 500 * Ms } : d), corrected.DeclaredSends);
        Assert.Equal(input.Packets.Select(p => p.Host == "B" ? p with { TimeNs = p.TimeNs + 500 * Ms } : p), corrected.Packets);
    }

    /// <summary>All hosts agree, but with the manager, whose rules are in force by its own clock.</summary>
    [Fact]
    public void Apply_ManagerReadOneClock_PutsAllHostsOnTheManagersTime()
    {
        _offNs["A"] = _offNs["B"] = _offNs["C"] = 700 * Ms;
        _readings.Add(new ClockReading("B", _nowNs, _nowNs + 700 * Ms + 40_000, _nowNs + 80_000));
        CorrelationInput input = Talk();
        CorrelationInput corrected = ClockCorrection.Apply(input, out IReadOnlyList<ClockOffset> offsets);

        Assert.All(offsets, o => Assert.Equal(700 * Ms, o.Knots.Single().OffsetNs));
        Assert.Equal(input.Events.Select(e => e.EnterNs - 700 * Ms), corrected.Events.Select(e => e.EnterNs));
    }

    private CorrelationInput Talk()
    {
        foreach ((string from, string to) in (ReadOnlySpan<(string, string)>)[("A", "B"), ("B", "C"), ("C", "A")])
        {
            for (int i = 0; i < 10; i++)
            {
                Send(from, to);
                Send(to, from);
            }
        }
        string[] hosts = [.. _offNs.Keys];
        return new CorrelationInput(
            "test", new Dictionary<string, IpAddress>(), [.. _calls.SelectMany(c => (HostEvent[])[c.Write, c.Read])],
            [.. hosts.Select(h => new ThreadOrigin(h, 2, 1, 2, At(h), 1, 1, 0))],
            [.. hosts.Select(h => new EventLoss(h, 1, 1, 5, 7, At(h)))], [])
        {
            Packets = [.. _packets.SelectMany(p => (CapturedPacket[])[p.Left, p.Came])],
            ClockReadings = _readings,
            DeclaredSends = [.. hosts.Select(h => new DeclaredSend(h, default, 1, Channel(h), At(h), 9, 3))],
        };
    }

    private void Send(string from, string to)
    {
        _nowNs += 10 * Ms;
        var flow = new FlowTuple(FlowTuple.Tcp, Endpoint.Parse("10.0.0.1:5000"), Endpoint.Parse("10.0.0.2:80"));
        var packet = new CapturedPacket(from, At(from), true, flow, TcpMarks.Ack, (uint)_packets.Count, 0, 9, 0);
        HostEvent write = Call(from, Operation.WriteSocket);
        _nowNs += UnderWayNs;
        _packets.Add((packet, packet with { Host = to, TimeNs = At(to), Outgoing = false }));
        _calls.Add((write, Call(to, Operation.ReadSocket)));
    }

    private HostEvent Call(string host, Operation operation) => new()
    {
        Thread = new ThreadLife { Host = host, Ring = 1, Pid = 1, Tid = 1 },
        Sequence = (uint)_calls.Count + 1,
        Operation = operation,
        Flags = EventTraits.NonBlocking,
        Errno = 11,
        EnterNs = At(host),
        ExitNs = At(host) + 500,
        Result = 9,
        Arg0 = 1,
        Arg1 = 2,
        Arg2 = 3,
        Channel = Channel(host),
        Bytes = 9,
        Detail = new EventDetail { Context = 4 },
    };

    private long At(string host) => _nowNs + _offNs[host];

    private static Channel Channel(string host) => new() { Host = host, Kind = ChannelKind.Socket, Id = "c1" };

    private static void AssertOthersAreSame<T>(IReadOnlyCollection<T> before, IReadOnlyCollection<T> after, Func<T, string> host)
        where T : class =>
        Assert.All(before.Zip(after), t => Assert.Equal(host(t.First) != "B", ReferenceEquals(t.First, t.Second)));
}
