using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins a read from a pipe, FIFO or socketpair to exactly the writes whose bytes it took. The reader then works for the writers'
/// request, when all the bytes are of one.
/// </summary>
internal sealed class PipeRule(HostWalk walk) : HostRule
{
    public const string Name = "pipe";

    /// <summary>Writes of one byte, read together, say that there is something to do, not what (a self-pipe).</summary>
    private const int WakeUpBytes = 1;

    private readonly Dictionary<string, ChannelState> _pairs = [];

    public override bool Concerns(Operation operation) => operation.IsReceive() || operation.IsSend();

    public override bool Waits => true;

    public override object? Awaited(HostEvent e)
    {
        if (!e.Operation.IsReceive() || !IsPipe(e))
            return null;
        ChannelState channel = walk.StateOf(e.Channel!);
        Open(channel);
        return channel.Gap is null && !channel.Incoming!.IsThere(e.Bytes) ? channel.Incoming : null;
    }

    public override bool Apply(Step step)
    {
        HostEvent e = step.Event;
        if (!IsPipe(e) || step.Channel!.Gap is not null)
            return false;
        Open(step.Channel);
        if (e.Operation.IsReceive())
            return Read(step, step.Channel.Incoming!.Read(e.Bytes));
        step.Channel.Outgoing!.Write(step, e.Bytes);
        HandOn(step);
        walk.Wake(step.Channel.Outgoing);
        return false;
    }

    private static bool Read(Step step, List<Piece> pieces)
    {
        if (pieces.Count == 0)
            return false;
        Request? first = pieces[0].Step.Request;
        if (pieces.Exists(p => p.Step.Request != first))
        {
            if (pieces.Exists(p => p.Step.Event.Bytes > WakeUpBytes))
                Ask(step, pieces);
            return false;
        }
        foreach (Piece piece in pieces)
            step.CausedBy(new Link(piece.Step, EdgeKind.Ipc, Name, new Evidence("bytes {1}..{2} of {0}", step.Event.Channel, piece.From, piece.To - 1)));
        if (first is null || first.IsGone(step.EffectNs))
            return false;
        Take(step, first);
        return true;
    }

    private static void Ask(Step step, List<Piece> pieces)
    {
        step.Ask("the bytes read from the pipe are of several requests", [.. pieces.Select(p => $"bytes {p.From}..{p.To - 1} of {p.Step}")]);
        foreach (Step write in pieces.Select(p => p.Step).Distinct().Where(w => w.Request?.IsGone(step.EffectNs) == false))
            write.Ask("its bytes were read from the pipe together with another request's", [step.ToString()]);
    }

    private static bool IsPipe(HostEvent e) =>
        e is { Errno: 0, Bytes: > 0, Channel: { Kind: ChannelKind.Pipe } or { Kind: ChannelKind.Socket, Pair: not null } } &&
        (e.Flags & EventTraits.Peek) == 0;

    private void Open(ChannelState channel)
    {
        if (channel.Incoming is not null)
            return;
        channel.Incoming = new PipeBytes();
        if (channel.Channel.Pair is not { } pair)
        {
            channel.Outgoing = channel.Incoming;
        }
        else if (_pairs.Remove(pair, out ChannelState? other))
        {
            (channel.Incoming, channel.Outgoing) = (other.Outgoing, other.Incoming);
        }
        else
        {
            channel.Outgoing = new PipeBytes();
            _pairs[pair] = channel;
        }
    }
}
