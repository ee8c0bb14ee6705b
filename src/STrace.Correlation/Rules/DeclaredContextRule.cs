using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// The strongest rule: calls and bytes for which a runtime hook declared the same context serve the same request, that which came
/// in on the connection for which it declared it. The rule leads the thread to that request, and the rules behind it go
/// on from there. In a process with a hook a thread works for nobody but whom is declared, or whose connection it uses: an event
/// loop's thread would else work for whoever came last.
/// </summary>
internal sealed class DeclaredContextRule(HostWalk walk)
{
    public const string Name = "declared-context";

    private readonly HashSet<(Guid Agent, int Pid)> _hooked = [];
    private readonly Dictionary<DeclaredContext, Request> _requests = [];
    private readonly Dictionary<DeclaredContext, Step> _receives = [];
    private readonly Dictionary<ChannelState, DeclaredBytes> _bytes = [];
    private readonly List<(Request Request, long To)> _parts = [];
    private readonly SweepPace _pace = new(least: 4096);

    /// <summary>For whom the bytes of the present call were declared, with the offset behind the last byte of each.</summary>
    public IReadOnlyList<(Request Request, long To)> Parts => _parts;

    public bool IsHooked(Step step) => _hooked.Count > 0 && _hooked.Contains((step.Event.Agent, step.Event.Pid));

    /// <summary>The hook says for whom the next bytes on the channel are; of 0 bytes, for whom the request is that was last taken from it.</summary>
    public void Declare(DeclaredSend declared, ChannelState channel)
    {
        var context = new DeclaredContext(declared.Agent, declared.Pid, declared.Context);
        if (declared.Context != 0)
            _hooked.Add((declared.Agent, declared.Pid));
        if (declared.Bytes == 0)
        {
            if (channel.LastReceive is { } receive)
                _receives[context] = receive;
            return;
        }
        if (!_bytes.TryGetValue(channel, out DeclaredBytes? bytes))
            _bytes[channel] = bytes = new DeclaredBytes();
        bytes.Add(context, declared.Bytes);
    }

    /// <summary>The request for which the byte at the offset of the present call's was declared; null: none was.</summary>
    public Request? OfByte(long offset)
    {
        foreach ((Request request, long to) in _parts)
            if (offset < to)
                return request;
        return null;
    }

    public void Apply(Step step)
    {
        _parts.Clear();
        HostEvent e = step.Event;
        if (e.Context != 0)
            _hooked.Add((e.Agent, e.Pid));
        if (!IsHooked(step))
            return;
        if (e.Operation.IsSend() && e.Bytes > 0 && step.Channel is { } channel && _bytes.TryGetValue(channel, out DeclaredBytes? bytes))
        {
            foreach (DeclaredPart part in bytes.Take(e.Bytes))
                if (RequestOf(step, part.Context) is { } request && channel.Gap is null)
                    _parts.Add((request, part.To));
        }
        Request? first = _parts.Count > 0 ? _parts[0].Request : RequestOf(step, new DeclaredContext(e.Agent, e.Pid, e.Context));
        if (first is null)
        {
            step.Ring.BecomeIdle();
            return;
        }
        if (step.Ring.Request != first)
            step.Ring.WorkFor(first);
        if (first.LastDeclared is { } last && last.Ring != step.Ring)
            step.CausedBy(new Link(last, EdgeKind.HandOff, Name, new Evidence("for one declared context")));
        first.LastDeclared = step;
    }

    /// <summary>Contexts whose request is over are forgotten, now and then.</summary>
    private void Sweep(long nowNs)
    {
        if (!_pace.IsDue(_requests.Count + _receives.Count))
            return;
        foreach ((DeclaredContext context, Request request) in _requests)
            if (request.IsGone(nowNs))
                _requests.Remove(context);
        foreach ((DeclaredContext context, Step receive) in _receives)
            if (receive.Request?.IsGone(nowNs) != false)
                _receives.Remove(context);
        _pace.Swept(_requests.Count + _receives.Count);
    }

    private Request? RequestOf(Step step, DeclaredContext context)
    {
        if (context.Number == 0)
            return null;
        long nowNs = step.EffectNs;
        if (_requests.TryGetValue(context, out Request? known) && !known.IsGone(nowNs))
            return known;
        Step? receive = _receives.GetValueOrDefault(context);
        Request? request = receive?.Request;
        if (request is null || request.LastDeclared is not null || request.IsGone(nowNs))
        {
            // Its request came in unseen, or in one receive with another.
            if ((request?.Origin ?? step.Channel) is not { Channel.Kind: ChannelKind.Socket } origin)
                return null;
            request = walk.NewRequest(origin);
        }
        request.LastDeclared = receive ?? step;
        request.IsHandedOn = true;
        Sweep(nowNs);
        return _requests[context] = request;
    }
}
