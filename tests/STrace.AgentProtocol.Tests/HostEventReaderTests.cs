using STrace.AgentProtocol;
using STrace.Model;
using static STrace.AgentProtocol.Tests.RecordBytes;

namespace STrace.AgentProtocol.Tests;

public sealed class HostEventReaderTests
{
    private static readonly RecordRun Thread1 = new(7, 100, 101, 1, 0, "ntier");
    private static readonly RecordRun Thread2 = Thread1 with { Generation = 8, Tid = 102 };

    private readonly HostEventReader _reader = new("h4", Guid.Empty);

    [Fact]
    public void Read_CallBeforeTheBlockThatTellsItsObject_FindsTheObject()
    {
        Add(Thread1, Call(Operation.SendSocket, 1, objectNumber: 5, length: 256, enter: 2000, duration: 50));
        Add(Thread2, Object(5, KindSocket, inode: 77, localPort: 40000, peerPort: 3332));

        HostEvent sent = Assert.Single(_reader.Read().Events);

        Assert.Equal(("h4/socket/1:77/0", 256L, 2000L, 2050L), (sent.Channel!.ToString(), sent.Bytes, sent.EnterNs, sent.ExitNs));
        Assert.Equal("10.0.0.2:40000->10.0.0.4:3332", $"{sent.Channel.Local}->{sent.Channel.Peer}");
        Assert.Equal((100, 101, "ntier", 7UL), (sent.Pid, sent.Tid, sent.Program, sent.Ring));
    }

    [Fact]
    public void Read_InodeCreatedAgain_IsAnotherChannel()
    {
        Add(Thread1,
            Object(1, KindSocket, inode: 77, created: true, time: 100), Call(Operation.Close, 1, objectNumber: 1, enter: 110),
            Object(2, KindSocket, inode: 77, created: true, time: 120), Call(Operation.Close, 2, objectNumber: 2, enter: 130));

        var events = _reader.Read().Events;

        Assert.NotSame(events[0].Channel, events[1].Channel);
        Assert.Equal(["h4/socket/1:77/0", "h4/socket/1:77/1"], events.Select(e => e.Channel!.ToString()));
    }

    [Fact]
    public void Read_InodeOfADeletedFileUsedAgain_IsAnotherChannel()
    {
        Add(Thread1,
            Continued(Object(1, KindFile, inode: 77, time: 100, birth: 90), "/tmp/a"), Call(Operation.Fwrite, 1, objectNumber: 1),
            Continued(Object(2, KindFile, inode: 77, time: 110, birth: 90), "/tmp/a"), Call(Operation.Fread, 2, objectNumber: 2),
            Continued(Object(3, KindFile, inode: 77, time: 120, birth: 115), "/tmp/b"), Call(Operation.Fread, 3, objectNumber: 3));

        var events = _reader.Read().Events;

        Assert.Same(events[0].Channel, events[1].Channel);
        Assert.NotSame(events[1].Channel, events[2].Channel);
        Assert.Equal(["/tmp/a", "/tmp/a", "/tmp/b"], events.Select(e => e.Path));
    }

    [Fact]
    public void Read_EventFdsOfTheSharedAnonymousInode_AreChannelsOfTheirOwn()
    {
        Add(Thread1,
            Object(1, KindEventFd, inode: 9, time: 100), Call(Operation.WriteFile, 1, objectNumber: 1),
            Object(2, KindEventFd, inode: 9, time: 110), Call(Operation.WriteFile, 2, objectNumber: 2));

        var events = _reader.Read().Events;

        Assert.NotSame(events[0].Channel, events[1].Channel);
    }

    [Fact]
    public void Read_ObjectLearntAnewAfterExec_IsTheSameChannel()
    {
        Add(Thread1, Object(1, KindSocket, inode: 77, created: true, time: 100), Call(Operation.WriteSocket, 1, objectNumber: 1));
        Add(Thread2, Object(9, KindSocket, inode: 77, time: 200), Call(Operation.WriteSocket, 1, objectNumber: 9));

        var events = _reader.Read().Events;

        Assert.Same(events[0].Channel, events[1].Channel);
    }

    [Fact]
    public void Read_ConnectUpdatesTheSocket_AddsItsAddressesToAllItsCalls()
    {
        Add(Thread1,
            Object(1, KindSocket, inode: 77, created: true, time: 100), Call(Operation.Socket, 1, objectNumber: 1),
            Object(1, KindSocket, inode: 77, localPort: 40000, peerPort: 3332, update: true, time: 110), Call(Operation.Connect, 2, objectNumber: 1));

        var events = _reader.Read().Events;

        Assert.All(events, e => Assert.Equal("10.0.0.4:3332", e.Channel!.Peer.ToString()));
    }

    [Fact]
    public void Read_PathInContinuations_IsPutTogether()
    {
        string path = "/tmp/" + new string('x', 90);
        Add(Thread1, Continued(Call(Operation.Fopen, 1), path));

        Assert.Equal(path, Assert.Single(_reader.Read().Events).Path);
    }

    [Fact]
    public void Read_FileObject_GivesItsPathToCallsThatNameNone()
    {
        Add(Thread1, Continued(Object(3, KindFile, inode: 5), "/tmp/f"), Call(Operation.Fread, 1, objectNumber: 3));

        Assert.Equal("/tmp/f", Assert.Single(_reader.Read().Events).Path);
    }

    [Fact]
    public void Read_SystemVCalls_ShareTheChannelOfTheirId()
    {
        Add(Thread1, Call(Operation.Msgget, 1, result: 65), Call(Operation.Msgsnd, 2, arg0: 65));
        Add(Thread2, Call(Operation.Msgrcv, 1, arg0: 65), Call(Operation.Shmat, 2, arg0: 65));

        var events = _reader.Read().Events;

        Assert.Same(events[0].Channel, events[1].Channel);
        Assert.Same(events[1].Channel, events[2].Channel);
        Assert.Equal(ChannelKind.SharedMemory, events[3].Channel!.Kind);
    }

    [Fact]
    public void Read_ThreadAndLostRecords_AreTold()
    {
        var thread = new ThreadRecord { Time = 50, Op = WireRecord.ThreadOp, ParentGeneration = 7, ParentSequence = 12, Pthread = 0xabc };
        var lost = new CallRecord { Enter = 60, Op = WireRecord.LostOp, Arg0 = 3, Arg1 = 9 };
        Add(Thread2, Bytes(thread), Bytes(lost));

        var read = _reader.Read();

        Assert.Equal(new ThreadOrigin("h4", 8, 100, 102, 50, 7, 12, 0xabc), Assert.Single(read.Threads));
        Assert.Equal(new EventLoss("h4", 8, 102, 3, 9, 60), Assert.Single(read.Losses));
        Assert.Empty(read.Events);
    }

    [Fact]
    public void Add_PayloadCutAnywhere_IsAProtocolErrorOrWhole()
    {
        byte[] payload = Payload(Thread1, Continued(Call(Operation.Fopen, 1), "/tmp/f"), Call(Operation.Fclose, 2));
        for (int length = 1; length < payload.Length; length++)
            Assert.Throws<AgentProtocolException>(() => new HostEventReader("h4", Guid.Empty).Add(payload.AsMemory(0, length)));
    }

    [Fact]
    public void Add_ContinuationWithoutRecord_IsAProtocolError()
    {
        byte[] stray = Continued(Call(Operation.Fopen, 1), "/tmp/f")[WireRecord.Bytes..];

        Assert.Contains("continues nothing", Assert.Throws<AgentProtocolException>(() => Add(Thread1, stray)).Message);
    }

    private void Add(RecordRun run, params byte[][] records) => _reader.Add(Payload(run, records));
}
