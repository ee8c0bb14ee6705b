using STrace.Model;

namespace STrace.Correlation;

/// <summary>What one host knows of one request: the steps that served it.</summary>
/// <param name="origin">The connection on which the request came in or went out: its close ends the work for it.</param>
/// <param name="timeoutNs">How long nothing may happen for it before it counts as over, answered or not.</param>
internal sealed class Request(ChannelState origin, long timeoutNs)
{
    /// <summary>For how long a thread or connection that is left to an answered request may still serve it.</summary>
    public const long LingerNs = 10_000_000_000;

    /// <summary>For how long an answered request may still be taken up where it was handed on: by pipe, queue, file, new thread.</summary>
    public const long HandOverNs = 2_000_000_000;

    /// <summary>For how long packets may come late, and losses be told late.</summary>
    public const long GraceNs = 500_000_000;

    private Request? _same;
    private int _size = 1;

    private Connection? _first;
    private List<Connection>? _others;

    public ChannelState Origin { get; } = origin;

    /// <summary>The first step that served it; the others follow by <see cref="Step.Next"/>.</summary>
    public Step? FirstStep { get; private set; }
    public Step? LastStep { get; private set; }
    public int StepCount { get; private set; }

    /// <summary>Packets that stand under its steps; null: none as yet.</summary>
    public List<PlacedPacket>? Packets { get; set; }

    /// <summary>The requests of all hosts that may turn out to be one with it.</summary>
    public Group Group { get; set; } = null!;

    /// <summary>Another request of the group; null: that was the last.</summary>
    public Request? NextMember { get; set; }

    /// <summary>It began as a thread's own, and turned out to be part of another that came in.</summary>
    public bool IsPart { get; set; }

    /// <summary>
    /// An idle thread asked for it while this exchange alone waited in its process, which may have been passed to it unseen; else null.
    /// </summary>
    public Exchange? Maybe { get; set; }

    /// <summary>An answer was given, or taken, for it last: a thread that waits for any of several now waits for other work.</summary>
    public bool Answered { get; set; }

    /// <summary>The answer was that to the request itself: a thread that waits in a pool now waits for other work.</summary>
    public bool Replied { get; set; }

    /// <summary>Its answer was given, or taken, to the end.</summary>
    public bool Ended { get; set; }

    /// <summary>Threads that work for it.</summary>
    public int Workers { get; set; }

    /// <summary>When its last step had its effect, ns.</summary>
    public long LastNs { get; private set; } = long.MinValue;

    /// <summary>Questions to other servers that were begun for it and are not answered: a request waits for one answer before it asks again.</summary>
    public int Outstanding { get; set; }

    /// <summary>The last call that took an answer of another server for it.</summary>
    public Step? LastTaken { get; set; }

    /// <summary>The last call for which, or for whose bytes, a runtime hook declared the request's context; null: none was.</summary>
    public Step? LastDeclared { get; set; }

    /// <summary>Nothing that comes later than this serves it, not even on its own thread or connection.</summary>
    public long OverNs => LastNs + (Ended ? Math.Min(LingerNs, timeoutNs) : timeoutNs);

    /// <summary>Nobody who has neither a thread nor a connection for it takes it up later than this.</summary>
    public long GoneNs => LastNs + (Ended ? Math.Min(IsHandedOn ? HandOverNs : GraceNs, timeoutNs) : timeoutNs);

    /// <summary>Something was left for others to take up: bytes in a pipe or file, a message, a thread to begin, a declared context.</summary>
    public bool IsHandedOn { get; set; }

    /// <summary>Some thread or connection is left to it.</summary>
    public bool IsHeld
    {
        get
        {
            if (Workers > 0)
                return true;
            foreach (Connection connection in Connections)
                if (connection.Holds(this))
                    return true;
            return false;
        }
    }

    /// <summary>Connections on which a step for it was made, each once.</summary>
    public ConnectionsUsed Connections => new(_first, _others);

    /// <summary>Equal for two requests exactly when they are known to be one.</summary>
    public Request Whole
    {
        get
        {
            Request at = this;
            while (at._same is { } next)
            {
                if (next._same is { } further)
                    at._same = further;
                at = next;
            }
            return at;
        }
    }

    /// <summary>Its path, by number, in the present <see cref="GroupBuild"/>; of the whole.</summary>
    public int Part { get; set; }

    /// <summary>The last graph that it was part of, by number.</summary>
    public long Graph { get; set; }

    public bool IsOver(long nowNs) => LastNs != long.MinValue && nowNs > OverNs;

    public bool IsGone(long nowNs) => LastNs != long.MinValue && nowNs > GoneNs;

    public void Add(Step step)
    {
        if (LastStep is null)
            FirstStep = step;
        else
            LastStep.Next = step;
        LastStep = step;
        StepCount++;
        LastNs = Math.Max(LastNs, step.EffectNs);
    }

    public void Uses(Connection connection)
    {
        if (_first is null)
            _first = connection;
        else if (_first != connection && !UsesToo(connection))
            (_others ??= []).Add(connection);
    }

    private bool UsesToo(Connection connection)
    {
        for (int i = 0; i < (_others?.Count ?? 0); i++)
            if (_others![i] == connection)
                return true;
        return false;
    }

    /// <summary>Lets go of all that it was made of.</summary>
    public void Forget()
    {
        for (Step? step = FirstStep; step is not null;)
        {
            Step? next = step.Next;
            step.Forget();
            step = next;
        }
        (FirstStep, LastStep, _first, _others, Packets, LastTaken, LastDeclared, Maybe) = (null, null, null, null, null, null, null, null);
    }

    /// <summary>Most requests use one connection or two.</summary>
    public readonly struct ConnectionsUsed(Connection? first, List<Connection>? others)
    {
        public Enumerator GetEnumerator() => new(first, others);

        public struct Enumerator(Connection? first, List<Connection>? others)
        {
            private int _at = -2;

            public readonly Connection Current => _at < 0 ? first! : others![_at];

            public bool MoveNext() => ++_at < 0 ? first is not null : _at < (others?.Count ?? 0);
        }
    }

    /// <summary>Union by size: near-constant cost an operation.</summary>
    public void Unite(Request other)
    {
        (Request a, Request b) = (Whole, other.Whole);
        if (a == b || a.Group.IsClosed || b.Group.IsClosed)
            return;
        if (a._size < b._size)
            (a, b) = (b, a);
        b._same = a;
        a._size += b._size;
        a.Group.Unite(b.Group);
    }
}
