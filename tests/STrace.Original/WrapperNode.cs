using STrace.Model;

namespace STrace.Original;

/// <summary>A node of the manager's list: what the wrapper tells of a call (dissertation, figure 5.4), as far as it makes paths.</summary>
internal sealed record WrapperNode
{
    public required HostEvent Call { get; init; }

    /// <summary>One of the original's codes, 101..251.</summary>
    public required Operation Operation { get; init; }

    /// <summary>ns since the epoch. Read before the call, of accept behind it.</summary>
    public required long TimeNs { get; init; }

    /// <summary>Of accept and what takes bytes the peer, of connect and what gives bytes the own end; null where the original has 0.</summary>
    public Endpoint? Source { get; init; }
    public Endpoint? Destination { get; init; }

    public long Argument1 { get; init; }
    public long Argument2 { get; init; }

    /// <summary>Argument PP: a protocol processor says that this message is its connection's last.</summary>
    public bool IsLast { get; init; }

    /// <summary>Of a file, FIFO or Unix socket.</summary>
    public string? Path { get; init; }

    /// <summary>The descriptors that the call is about, -1 for none. Of accept that which it returned (table 5.1).</summary>
    public (long First, long Second) Descriptors { get; init; }

    /// <summary>The System V object that the call is about; null for none.</summary>
    public (ChannelKind Kind, long Id)? Ipc { get; init; }

    public string Host => Call.Host;
    public int Lwp => Call.Tid;
    public int Pid => Call.Pid;
    public int Ppid => Call.Ppid;

    /// <summary>A failed connect begins a path (figure 6.7). An accept that found nobody begins no connection.</summary>
    public bool StartsConnection => Operation == Operation.Connect || (Operation == Operation.Accept && Argument2 >= 0);

    public bool ClosesDescriptor => Operation is Operation.Close or Operation.Fclose;

    public bool Names(long descriptor) => Descriptors.First == descriptor || Descriptors.Second == descriptor;
}
