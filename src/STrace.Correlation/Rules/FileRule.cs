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

    private readonly Dictionary<(int Pid, long Descriptor), Opened> _opened = [];
    private readonly Dictionary<Channel, FileContent> _contents = [];

    public override bool Apply(Attribution attribution, int index)
    {
        HostEvent e = attribution.Event(index);
        if (e.Channel is not { Kind: ChannelKind.File } channel || e.Errno != 0)
            return false;
        if (!_contents.TryGetValue(channel, out FileContent? content))
            _contents[channel] = content = new FileContent();
        switch (e.Operation)
        {
            case Operation.Open or Operation.Openat or Operation.Fopen:
                if ((e.Arg1 & OpenTruncate) != 0)
                    content.Clear();
                _opened[(e.Pid, e.Result)] = new Opened { Appends = (e.Arg1 & OpenAppend) != 0 };
                return false;
            case Operation.Dup or Operation.Dup2 or Operation.Dup3 or Operation.FcntlDupfd when Find(e) is { } original:
                _opened[(e.Pid, e.Result)] = original;
                return false;
            case Operation.Close or Operation.Fclose:
                _opened.Remove((e.Pid, e.Arg0));
                return false;
        }
        // Positioned calls do not say where they read or wrote.
        if (e.Bytes <= 0 || e.Operation is Operation.Pread or Operation.Pwrite || Find(e) is not { } opened)
            return false;
        if (e.Operation.IsSend())
        {
            if (opened.Appends)
                opened.Offset = content.Length;
            content.Write(index, opened.Offset, opened.Offset += e.Bytes);
            return false;
        }
        return e.Operation.IsReceive() && Read(attribution, index, content.Read(opened.Offset, opened.Offset += e.Bytes));
    }

    private static bool Read(Attribution attribution, int index, IEnumerable<ByteRange> ranges)
    {
        Ring ring = attribution.Host.RingOf(index);
        ByteRange[] others = [.. ranges.Where(r => attribution.Host.RingOf(r.Event) != ring)];
        string file = attribution.Event(index).Channel!.ToString();
        foreach (ByteRange range in others)
            attribution.Link(range.Event, index, EdgeKind.Ipc, Name, $"bytes {range.From}..{range.To - 1} of {file}");
        int[] requests = [.. others.Select(r => attribution.Requests[r.Event]).Distinct()];
        if (ring.Request != HostTrace.None || requests is not [not HostTrace.None])
            return false;
        attribution.TakeByIpc(index, requests[0]);
        return true;
    }

    /// <summary>A forked child uses the descriptors, and so the offsets, that its parent opened.</summary>
    private Opened? Find(HostEvent e) => _opened.GetValueOrDefault((e.Pid, e.Arg0)) ?? _opened.GetValueOrDefault((e.Ppid, e.Arg0));

    private sealed class Opened
    {
        public long Offset { get; set; }
        public bool Appends { get; init; }
    }
}
