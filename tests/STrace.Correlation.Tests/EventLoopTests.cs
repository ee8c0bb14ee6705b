using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>Programs that take several requests before they work for any, or pass work between threads unseen.</summary>
public sealed class EventLoopTests
{
    private readonly Scenario _s = new();
    private readonly TestThread _proxy;
    private readonly (Channel Front, Channel Up)[] _lanes;

    public EventLoopTests()
    {
        _proxy = _s.Thread("p", 1);
        _lanes = [.. Enumerable.Range(0, 3).Select(i => (
            _s.Socket("p", "10.0.0.1:80", $"10.0.0.9:{5000 + i}"), _s.Socket("p", $"10.0.0.1:{50000 + i}", "10.0.0.2:90")))];
    }

    //  haproxy:  read A - read B | connect A' - connect B' | epoll_wait | write B' - write A' | read A' - write A ..
    [Fact]
    public void Build_ForwardedLinesDiffer_AreFollowedByTheirWitness()
    {
        Accept(0, 0xa);
        Accept(1, 0xb);
        Connect(0);
        Connect(1);
        Wait();
        Forward(1, 0xb);
        Forward(0, 0xa);
        Wait();
        Answer(0);
        Answer(1);

        _s.AssertExact(_s.Build());
    }

    //  the same with equal lines: nothing tells which is whose, and nothing is joined
    [Fact]
    public void Build_ForwardedLinesAreEqual_StayAmbiguous()
    {
        Accept(0, 0xa);
        Accept(1, 0xa);
        Connect(0);
        Connect(1);
        HostEvent first = Forward(0, 0xa), second = Forward(1, 0xa);
        PathSet set = _s.Build();

        Assert.Equal(4, set.Paths.Count);
        Assert.All([first, second], e => Assert.Contains(PathStatus.Ambiguous, set.PathOf(e)!.Flags));
        Assert.Equal(2, Assert.Single(set.PathOf(first)!.Candidates).Choices.Count);
    }

    //  one at a time, the lines do not matter
    [Fact]
    public void Build_OneRequestAtATime_IsExactWithEqualLines()
    {
        for (int i = 0; i < 3; i++)
        {
            Accept(i, 0xa);
            Connect(i);
            Wait(ofRequest: i);
            Forward(i, 0xa);
            Answer(i);
            Wait();
        }

        _s.AssertExact(_s.Build());
    }

    //  nginx:  read A - connect A' - read B - connect B' - epoll_wait - write A' - write B' ..: it acts at once for what it reads
    [Fact]
    public void Build_LoopThatActsAtOnce_IsExactWithEqualLines()
    {
        for (int i = 0; i < 3; i++)
        {
            Accept(i, 0xa);
            Connect(i);
        }
        Wait();
        for (int i = 0; i < 3; i++)
            Forward(i, 0xa);
        Wait();
        for (int i = 2; i >= 0; i--)
            Answer(i);

        _s.AssertExact(_s.Build());
    }

    //  Kestrel:  x reads A - y asks for A (its thread idle) - x takes the answer - x writes A: one waits, so it is that one
    [Fact]
    public void Build_WorkPassedUnseen_IsOfTheOnlyOneThatWaits()
    {
        TestThread y = _s.Thread("p", 1, 2);
        for (int i = 0; i < 3; i++)
        {
            Accept(i, 0xa);
            _s.Request = Name(i);
            y.Call(Operation.WriteSocket, _lanes[0].Up, 40, marks: [Marks.Question(0, 40, protocol: MessageProtocol.PostgreSql)]);
            _proxy.Call(Operation.ReadSocket, _lanes[0].Up, 60, marks: [Marks.Answer(0, 60, protocol: MessageProtocol.PostgreSql)]);
            _proxy.Call(Operation.WriteSocket, _lanes[i].Front, 60, marks: [Marks.Answer(0, 60)]);
        }

        _s.AssertExact(_s.Build());
    }

    //  the same with two at once, when it is known that the program does so: whose question it is, nothing tells
    [Fact]
    public void Build_WorkPassedUnseenWithTwoWaiting_StaysAmbiguous()
    {
        TestThread y = _s.Thread("p", 1, 2);
        Channel other = _s.Socket("p", "10.0.0.1:51000", "10.0.0.2:91");
        Accept(0, 0xa);
        Ask(y, other);
        Take(_proxy, other);
        _proxy.Call(Operation.WriteSocket, _lanes[0].Front, 60, marks: [Marks.Answer(0, 60)]);
        Accept(1, 0xa);
        Accept(2, 0xa);
        HostEvent asked = Ask(y, other);
        PathSet set = _s.Build();

        Assert.Contains(PathStatus.Ambiguous, set.PathOf(asked)!.Flags);
        Assert.Single(set.PathOf(asked)!.Events);

        HostEvent Ask(TestThread t, Channel up) =>
            t.Call(Operation.WriteSocket, up, 40, marks: [Marks.Question(0, 40, protocol: MessageProtocol.PostgreSql)]);
        HostEvent Take(TestThread t, Channel up) =>
            t.Call(Operation.ReadSocket, up, 60, marks: [Marks.Answer(0, 60, protocol: MessageProtocol.PostgreSql)]);
    }

    //  haproxy:  read A - connect A' - epoll_wait - read B - write A' - connect B': A has asked, so it is B's
    [Fact]
    public void Build_ConnectBehindAnothersQuestion_IsOfTheOneThatHasNotAsked()
    {
        Accept(0, 0xa);
        Connect(0);
        Wait(ofRequest: 0);
        Accept(1, 0xa);
        Forward(0, 0xa);
        Connect(1);
        Forward(1, 0xa);
        Answer(1);
        Answer(0);

        _s.AssertExact(_s.Build());
    }

    //  A poll of one descriptor waits with a deadline for what the request needs:  read A - poll 1 - write A' - poll 1 - read A' - write A
    [Fact]
    public void Build_PollOfOneDescriptor_BelongsToTheRequest()
    {
        Accept(0, 0xa);
        Connect(0);
        Forward(0, 0xa);
        _proxy.Call(Operation.Poll, arg0: 1);
        Answer(0);

        _s.AssertExact(_s.Build());
    }

    private static string Name(int i) => $"r{i}";

    private void Accept(int i, ulong line)
    {
        _s.Request = Name(i);
        _proxy.Accept(_lanes[i].Front);
        _proxy.Call(Operation.ReadSocket, _lanes[i].Front, 40, marks: [Marks.Question(0, 40, line)]);
    }

    private void Connect(int i)
    {
        _s.Request = Name(i);
        _proxy.Call(Operation.Connect, _lanes[i].Up, result: -1, errno: 115, flags: EventTraits.NonBlocking);
    }

    private HostEvent Forward(int i, ulong line)
    {
        _s.Request = Name(i);
        return _proxy.Call(Operation.WriteSocket, _lanes[i].Up, 45, marks: [Marks.Question(0, 45, line)]);
    }

    private void Answer(int i)
    {
        _s.Request = Name(i);
        _proxy.Call(Operation.ReadSocket, _lanes[i].Up, 60, marks: [Marks.Answer(0, 60)]);
        _proxy.Call(Operation.WriteSocket, _lanes[i].Front, 60, marks: [Marks.Answer(0, 60)]);
    }

    private void Wait(int? ofRequest = null)
    {
        _s.Request = ofRequest is { } i ? Name(i) : null;
        _proxy.Call(Operation.EpollWait);
    }
}
