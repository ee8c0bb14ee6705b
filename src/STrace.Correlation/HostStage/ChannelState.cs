using STrace.Model;

namespace STrace.Correlation;

/// <summary>What the host stage knows of a channel at its place in the walk.</summary>
internal sealed class ChannelState(Channel channel)
{
    public Channel Channel { get; } = channel;

    /// <summary>The stream socket; null when it is none, or nothing tells yet which side it is on.</summary>
    public Connection? Connection { get; set; }

    /// <summary>The threads that took their request on it.</summary>
    public List<Ring> Takers { get; } = [];

    /// <summary>Of a pipe or socketpair: what was written and can be read here.</summary>
    public PipeBytes? Incoming { get; set; }

    /// <summary>What is written here; of a pipe the same as <see cref="Incoming"/>.</summary>
    public PipeBytes? Outgoing { get; set; }

    public FileContent? Content { get; set; }

    /// <summary>How many descriptors a process has beside the first.</summary>
    public Dictionary<int, int>? Duplicates { get; set; }

    /// <summary>The first call on it that was walked over.</summary>
    public Step? FirstUse { get; set; }

    public Ring? LastUser { get; set; }

    private Ring? _firstUser;
    private HashSet<Ring>? _otherUsers;

    /// <summary>The last call that took a question from it.</summary>
    public Step? LastReceive { get; set; }

    /// <summary>The calls that ended it, or learnt of its end: <see cref="StreamCalls.Tells"/>.</summary>
    public List<Step> Endings { get; } = [];

    /// <summary>
    /// Calls on it may have been lost, the last time: nobody can say which channel the lost calls acted on, so all that the thread used
    /// are doubtful.
    /// </summary>
    public EventLoss? Gap { get; private set; }

    public bool IsUsedBy(Ring ring) => ring == _firstUser || _otherUsers?.Contains(ring) == true;

    /// <returns>Whether the thread had not used it before.</returns>
    public bool AddUser(Ring ring)
    {
        _firstUser ??= ring;
        return ring == _firstUser ? FirstUse is null : (_otherUsers ??= []).Add(ring);
    }

    /// <param name="sinceNs">Before this none was lost.</param>
    /// <param name="nowNs">When the first call behind the lost ones had its effect.</param>
    public void Lose(EventLoss loss, long sinceNs, long nowNs)
    {
        Gap = loss;
        Connection?.Lose(loss, sinceNs, nowNs);
    }
}
