using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// One event on its way through the host stage, and what was found out about it. An event that serves several requests (one read
/// that takes two replies) has a step in each.
/// </summary>
internal sealed class Step(HostEvent e, Ring ring, ChannelState? channel)
{
    public HostEvent Event { get; } = e;

    /// <summary>The event's, kept beside it: they are asked for until the path is final, when the event itself has long left the cache.</summary>
    public long EffectNs { get; } = e.EffectNs;
    public uint Sequence { get; } = e.Sequence;

    public Ring Ring { get; } = ring;
    public ChannelState? Channel { get; } = channel;

    /// <summary>The request that the event served, as its own host knows it; null: none.</summary>
    public Request? Request { get; set; }

    /// <summary>Counts the runs in which the thread served one request after the other; equal for steps of one activity.</summary>
    public int Run { get; set; }

    /// <summary>The last found of the links that lead here; the others follow by <see cref="Link.Next"/>.</summary>
    public Link? Causes { get; private set; }

    /// <summary>In which other calls' bytes it took, and whose connection it accepted; on the connection's other end.</summary>
    public Link? Received { get; private set; }

    /// <summary>The next step for the same request.</summary>
    public Step? Next { get; set; }

    /// <summary>What few steps have.</summary>
    public StepNotes? Notes { get; private set; }

    /// <summary>In the graph that is being built: its place.</summary>
    public int Index { get; set; }

    /// <summary>The loss because of which the positions of the event's bytes are not known.</summary>
    public EventLoss? Refused
    {
        get => Notes?.Refused;
        set => (Notes ??= new StepNotes()).Refused = value;
    }

    /// <summary>In the graph that is being built: the step of the same event for another request that is the same path; it stands at the same place.</summary>
    public Step? Twin
    {
        get => Notes?.Twin;
        set
        {
            if (value is not null || Notes is not null)
                (Notes ??= new StepNotes()).Twin = value;
        }
    }

    /// <summary>In the group that is being built: something about its bytes is not decided.</summary>
    public void Leave(OpenQuestion question) => ((Notes ??= new StepNotes()).Open ??= []).Add(question);

    public void Takes(Link link)
    {
        link.Next = Received;
        Received = link;
    }

    public void CausedBy(Link link)
    {
        link.Next = Causes;
        Causes = link;
    }

    /// <summary>It is part of no path that may still change: what leads to it need not lead on.</summary>
    public void Forget() => (Causes, Received, Notes, Next) = (null, null, null, null);

    public void Ask(string reason, IReadOnlyList<string> choices) => ((Notes ??= new StepNotes()).Questions ??= []).Add(new OpenQuestion(reason, choices));

    /// <summary>A call as a person finds it again: <c>write [2021/1970] #4</c>.</summary>
    public override string ToString() => $"{Event.Operation.Name()} [{Event.Tid}/{Event.Pid}] #{Event.Sequence}";

    /// <summary>The same with its host.</summary>
    public string Describe() => $"{Event.Operation.Name()} on {Event.Host} [{Event.Tid}/{Event.Pid}] #{Event.Sequence}";
}

/// <summary>What few steps have.</summary>
internal sealed class StepNotes
{
    public List<OpenQuestion>? Questions { get; set; }
    public EventLoss? Refused { get; set; }
    public Step? Twin { get; set; }

    /// <summary>In the group that is being built: what is not decided about its bytes.</summary>
    public List<OpenQuestion>? Open { get; set; }
}

/// <summary>A join that was not made because the evidence does not decide it.</summary>
internal sealed record OpenQuestion(string Reason, IReadOnlyList<string> Choices);
