using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins a read from a pipe or FIFO to exactly the writes whose bytes it took. The reader then works for the writers' request,
/// when all the bytes are of one.
/// </summary>
internal sealed class PipeRule : HostRule
{
    public const string Name = "pipe";

    private readonly Dictionary<int, List<Overlap>> _reads = [];

    public override void Prepare(HostEvents host, IReadOnlyList<int> byTime, List<(int Cause, int Effect)> causes)
    {
        var pipes = new Dictionary<Channel, (ByteCounter Sent, ByteCounter Received)>();
        foreach (int index in byTime)
        {
            HostEvent e = host.All[index];
            if (e.Channel is not { Kind: ChannelKind.Pipe } channel || e.Errno != 0 || host.LossBefore(index) is not null)
                continue;
            if (!pipes.TryGetValue(channel, out var pipe))
                pipes[channel] = pipe = (new ByteCounter(), new ByteCounter());
            if (e.Operation.IsSend())
                pipe.Sent.Add(index, e.Bytes);
            else if (e.Operation.IsReceive())
                pipe.Received.Add(index, e.Bytes);
        }
        foreach (var (sent, received) in pipes.Values)
        {
            foreach (Overlap overlap in ByteAlignment.Overlaps(sent.Ranges, received.Ranges))
            {
                if (!_reads.TryGetValue(overlap.Receive, out List<Overlap>? list))
                    _reads[overlap.Receive] = list = [];
                list.Add(overlap);
                causes.Add((overlap.Send, overlap.Receive));
            }
        }
    }

    public override bool Apply(Attribution attribution, int index)
    {
        if (!_reads.TryGetValue(index, out List<Overlap>? overlaps))
            return false;
        int[] requests = [.. overlaps.Select(o => attribution.Requests[o.Send]).Distinct()];
        if (requests.Length > 1)
        {
            string[] writes = [.. overlaps.Select(o => $"bytes {o.From}..{o.To - 1} of {attribution.Describe(o.Send)}")];
            attribution.Ask(index, "the bytes read from the pipe are of several requests", writes);
            foreach (int write in overlaps.Select(o => o.Send).Distinct())
                attribution.Ask(write, "its bytes were read from the pipe together with another request's", [attribution.Describe(index)]);
            return false;
        }
        string pipe = attribution.Event(index).Channel!.ToString();
        foreach (Overlap o in overlaps)
            attribution.Link(o.Send, index, EdgeKind.Ipc, Name, $"bytes {o.From}..{o.To - 1} of {pipe}");
        if (requests[0] == HostTrace.None)
            return false;
        attribution.TakeByIpc(index, requests[0]);
        return true;
    }
}
