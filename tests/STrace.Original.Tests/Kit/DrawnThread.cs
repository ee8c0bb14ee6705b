using STrace.Model;

namespace STrace.Original.Tests;

internal sealed class DrawnThread(Drawing drawing, string host, int pid, int tid, int ppid)
{
    private readonly ThreadLife _life = new() { Host = host, Ring = (ulong)tid, Pid = pid, Tid = tid, Ppid = ppid, Program = "app" };
    private uint _sequence;

    public HostEvent Call(
        Operation operation, Channel? channel = null, long result = 0, long arg0 = 0, long arg1 = 0, long arg2 = 0, int errno = 0,
        string? path = null, MarkTraits? mark = null, long durationNs = 500)
    {
        var call = new HostEvent
        {
            Thread = _life,
            Sequence = ++_sequence,
            Operation = operation,
            EnterNs = drawing.NowNs,
            ExitNs = drawing.NowNs + durationNs,
            Channel = channel,
            Result = result,
            Errno = errno,
            Arg0 = arg0,
            Arg1 = arg1,
            Arg2 = arg2,
            Detail = new EventDetail
            {
                Path = path,
                Marks = mark is { } traits ? [new MessageMark(MessageProtocol.Http1, traits, 0, 1, 0, 0, [], 0, 0, 1, null)] : [],
            },
        };
        drawing.NowNs += 1000;
        drawing.Add(call);
        return call;
    }

    public void Accept(int descriptor, Channel? channel = null) => Call(Operation.Accept, channel, result: descriptor, arg0: 3);
    public void Connect(int descriptor, Channel? channel = null) => Call(Operation.Connect, channel, arg0: descriptor);
    public void Read(int descriptor, Channel? channel = null) => Call(Operation.ReadSocket, channel, result: 10, arg0: descriptor);
    public void Write(int descriptor, Channel? channel = null) => Call(Operation.WriteSocket, channel, result: 10, arg0: descriptor);
    public void Close(int descriptor) => Call(Operation.Close, arg0: descriptor);
}
