using STrace.Model;
using static STrace.AgentProtocol.Tests.RecordBytes;

namespace STrace.AgentProtocol.Tests;

/// <summary>What libwrapper tells beside calls and objects: marks, contexts, peers of one call, vfork children, pairs.</summary>
public sealed class DeclaredRecordTests
{
    private static readonly RecordRun Thread = new(7, 100, 101, 1, 0, "app");

    private readonly HostEventReader _reader = new("h4", Guid.Empty);

    [Fact]
    public void Read_MarksBeforeTheirCall_AreOnIt()
    {
        var mark = new MarkRecord
        {
            Op = WireRecord.MarkOp,
            Sequence = 2,
            Flags = (ushort)(MarkTraits.Start | MarkTraits.End | MarkTraits.Request),
            Start = 10,
            Offset = 60,
            Protocol = (byte)MessageProtocol.Http1,
            Line = 5,
            Body = 6,
            Count = 1,
        };
        Add(Call(Operation.ReadSocket, 1), Continued(Bytes(mark), "GET /cart"), Call(Operation.ReadSocket, 2));

        var events = _reader.Read().Events;

        Assert.Empty(events[0].Marks);
        Assert.Equal("GET /cart", events[1].Summary);
        MessageMark read = Assert.Single(events[1].Marks);
        Assert.Equal((MessageProtocol.Http1, 10u, 60u, 5ul, 6ul), (read.Protocol, read.StartOffset, read.EndOffset, read.LineHash, read.BodyHash));
        Assert.Empty(read.HeaderHashes);
    }

    [Fact]
    public void Read_MarkWhoseCallWasLost_IsLeftOut()
    {
        Add(Bytes(new MarkRecord { Op = WireRecord.MarkOp, Sequence = 2 }), Call(Operation.ReadSocket, 3));

        Assert.Empty(Assert.Single(_reader.Read().Events).Marks);
    }

    [Fact]
    public void Read_DeclaredContext_HoldsFromTheNextCallToTheNextDeclaration()
    {
        Add(Call(Operation.ReadSocket, 1), Context(1, 4), Call(Operation.WriteSocket, 2), Call(Operation.WriteSocket, 3), Context(3, 0),
            Call(Operation.WriteSocket, 4));

        Assert.Equal([0ul, 4, 4, 0], _reader.Read().Events.Select(e => e.Context));
    }

    [Fact]
    public void Read_CallsWereLost_ForgetsTheContextDeclaredBefore()
    {
        Add(Context(0, 4), Call(Operation.WriteSocket, 1),
            Bytes(new CallRecord { Enter = 50, Op = WireRecord.LostOp, Sequence = 3, Arg0 = 2, Arg1 = 3 }),
            Call(Operation.WriteSocket, 4), Context(4, 5), Call(Operation.WriteSocket, 5));

        Assert.Equal([4ul, 0, 5], _reader.Read().Events.Select(e => e.Context));
    }

    [Fact]
    public void Read_Splice_TellsBothChannels()
    {
        Add(Object(5, KindSocket, inode: 77), Object(6, KindSocket, inode: 78),
            Call(Operation.Splice, 1, objectNumber: 6, arg1: 9 | 5L << 32));

        HostEvent splice = Assert.Single(_reader.Read().Events);

        Assert.Equal(("h4/socket/1:78/0", "h4/socket/1:77/0", 9L), (splice.Channel!.ToString(), splice.Source!.ToString(), splice.Arg1));
    }

    [Fact]
    public void Read_DeclaredBytes_AreToldOfTheirChannel()
    {
        Add(Object(5, KindSocket, inode: 77), Bytes(new ContextRecord
        {
            Op = WireRecord.ContextOp,
            Time = 9,
            Context = 4,
            ByteCount = 30,
            ObjectNumber = 5,
            What = 1,
        }));

        DeclaredSend send = Assert.Single(_reader.Read().Sends);

        Assert.Equal(("h4/socket/1:77/0", 30L, 4ul, 100), (send.Channel.ToString(), send.Bytes, send.Context, send.Pid));
    }

    [Fact]
    public void Read_CallOfAVforkChild_HasTheChildsPidAndItsParent()
    {
        Add(Call(Operation.Vfork, 1, result: 300), Bytes(new ChildRecord { Op = WireRecord.ChildOp, Sequence = 1, Pid = 300 }),
            Call(Operation.Dup2, 2, flags: WireRecord.ChildFlag), Call(Operation.Close, 3));

        Assert.Equal([(100, 1), (300, 100), (100, 1)], _reader.Read().Events.Select(e => (e.Pid, e.Ppid)));
    }

    [Fact]
    public void Read_PeerOfOneCall_IsItsAddress()
    {
        byte[] peer = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 9, 53, 0, 2, 0];
        Add(Continued(Call(Operation.Sendto, 1, flags: WireRecord.CallPeerFlag), peer));

        HostEvent sent = Assert.Single(_reader.Read().Events);

        Assert.Equal(("10.0.0.9:53", null), (sent.Peer.ToString(), sent.Path));
    }

    [Fact]
    public void Read_UnixPeerOfOneCall_IsItsPath()
    {
        byte[] peer = [.. new byte[18], FamilyUnix, 0, .. "/run/log"u8];
        Add(Continued(Call(Operation.Sendto, 1, flags: WireRecord.CallPeerFlag), peer));

        HostEvent sent = Assert.Single(_reader.Read().Events);

        Assert.Equal((null, "/run/log"), (sent.Peer, sent.Path));
    }

    [Fact]
    public void Read_PeerCutOff_IsNone()
    {
        Add(Continued(Call(Operation.Sendto, 1, flags: WireRecord.CallPeerFlag), [1, 2, 3]));

        HostEvent sent = Assert.Single(_reader.Read().Events);

        Assert.Equal((null, null), (sent.Peer, sent.Path));
    }

    [Fact]
    public void Read_EventFdsWithAnId_AreOneChannelInTwoProcesses()
    {
        Add(Object(1, KindEventFd, inode: 12, device: 0, created: true, time: 100), Call(Operation.EventfdWrite, 1, objectNumber: 1),
            Object(2, KindEventFd, inode: 12, device: 0, time: 110), Call(Operation.EventfdRead, 2, objectNumber: 2));

        var events = _reader.Read().Events;

        Assert.Same(events[0].Channel, events[1].Channel);
    }

    [Fact]
    public void Read_SharedMemoryObject_IsOfItsKind()
    {
        Add(Object(1, KindMemory, inode: 5), Call(Operation.Mmap, 1, objectNumber: 1));

        Assert.Equal(ChannelKind.SharedMemory, Assert.Single(_reader.Read().Events).Channel!.Kind);
    }

    [Fact]
    public void Read_EndsOfASocketPair_HaveTheSamePair()
    {
        Add(Object(3, KindSocket, inode: 5, family: FamilyUnix, localIp: 4, peerIp: 0), Call(Operation.WriteSocket, 1, objectNumber: 3),
            Object(4, KindSocket, inode: 6, family: FamilyUnix, localIp: 3, peerIp: 0), Call(Operation.WriteSocket, 2, objectNumber: 4));

        var events = _reader.Read().Events;

        Assert.NotSame(events[0].Channel, events[1].Channel);
        Assert.NotNull(events[0].Channel!.Pair);
        Assert.Equal(events[0].Channel!.Pair, events[1].Channel!.Pair);
    }

    [Fact]
    public void Read_ConnectedUnixSocket_TellsTheProcessAtTheOtherEnd()
    {
        Add(Object(3, KindSocket, inode: 5, family: FamilyUnix, localIp: 0, peerIp: 4711), Call(Operation.Accept, 1, objectNumber: 3));

        Assert.Equal(4711, Assert.Single(_reader.Read().Events).Channel!.PeerPid);
    }

    private void Add(params byte[][] records) => _reader.Add(Payload(Thread, records));

    private static byte[] Context(uint sequence, ulong context) =>
        Bytes(new ContextRecord { Op = WireRecord.ContextOp, Sequence = sequence, Time = sequence, Context = context });
}
