using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins a read of a file to the writes of other threads whose bytes it took, by the offsets of each opened descriptor. A reader
/// that is idle takes the writers' request; a log that many requests write and read merges none of them.
/// </summary>
internal sealed class FileRule : HostRule
{
    public const string Name = "file";
    private const long OpenTruncate = 0x200;
    private const long OpenAppend = 0x400;

    /// <summary>By the file, too: a descriptor is given anew while the close before it is still under way.</summary>
    private readonly Dictionary<(int Pid, long Descriptor, Channel File), Opened> _opened = [];

    public override bool Concerns(Operation operation) =>
        operation.IsReceive() || operation.IsSend() || operation.IsClose() || operation is
            Operation.Open or Operation.Openat or Operation.Fopen or Operation.Dup or Operation.Dup2 or Operation.Dup3 or Operation.FcntlDupfd;

    public override bool Apply(Step step)
    {
        HostEvent e = step.Event;
        if (e.Channel is not { Kind: ChannelKind.File } || e.Errno != 0)
            return false;
        FileContent content = step.Channel!.Content ??= new FileContent();
        switch (e.Operation)
        {
            case Operation.Open or Operation.Openat or Operation.Fopen:
                if ((e.Arg1 & OpenTruncate) != 0)
                    content.Clear();
                _opened[(e.Pid, e.Result, e.Channel)] = new Opened { Appends = (e.Arg1 & OpenAppend) != 0 };
                return false;
            case Operation.Dup or Operation.Dup2 or Operation.Dup3 or Operation.FcntlDupfd when Find(e) is { } original:
                _opened[(e.Pid, e.Result, e.Channel)] = original;
                return false;
            case Operation.Close or Operation.Fclose:
                _opened.Remove((e.Pid, e.Arg0, e.Channel));
                return false;
        }
        // Positioned calls do not say where they read or wrote.
        if (e.Bytes <= 0 || e.Operation is Operation.Pread or Operation.Pwrite or Operation.Preadv or Operation.Pwritev || Find(e) is not { } opened)
            return false;
        if (e.Operation.IsSend())
        {
            if (opened.Appends)
                opened.Offset = content.Length;
            content.Write(step, opened.Offset, opened.Offset += e.Bytes);
            HandOn(step);
            return false;
        }
        return e.Operation.IsReceive() && Read(step, content.Read(opened.Offset, opened.Offset += e.Bytes));
    }

    private static bool Read(Step step, List<Piece> pieces)
    {
        Ring ring = step.Ring;
        Request? only = null;
        bool isOfOne = true;
        foreach (Piece piece in pieces)
        {
            if (piece.Step.Ring == ring)
                continue;
            step.CausedBy(new Link(piece.Step, EdgeKind.Ipc, Name, new Evidence("bytes {1}..{2} of {0}", step.Event.Channel, piece.From, piece.To - 1)));
            isOfOne &= piece.Step.Request is not null && (only is null || only == piece.Step.Request);
            only = piece.Step.Request;
        }
        if (ring.Request is not null || !isOfOne || only is null || only.IsGone(step.EffectNs))
            return false;
        Take(step, only);
        return true;
    }

    /// <summary>A forked child uses the descriptors, and so the offsets, that its parent opened.</summary>
    private Opened? Find(HostEvent e) =>
        _opened.GetValueOrDefault((e.Pid, e.Arg0, e.Channel!)) ?? _opened.GetValueOrDefault((e.Ppid, e.Arg0, e.Channel!));

    private sealed class Opened
    {
        public long Offset { get; set; }
        public bool Appends { get; init; }
    }
}
