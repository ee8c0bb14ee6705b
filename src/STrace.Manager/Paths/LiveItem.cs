using STrace.AgentProtocol;
using STrace.Control;
using STrace.Model;

namespace STrace.Manager;

/// <summary>Something that came for a session that is followed, in the order in which it came.</summary>
internal abstract record LiveItem
{
    /// <summary>What it holds in memory, as far as that counts.</summary>
    public virtual long Bytes => 0;
}

/// <inheritdoc cref="ISessionFollower.Block"/>
internal sealed record LiveBlock(string Host, Guid Agent, BlockFrame Block) : LiveItem
{
    public override long Bytes => Block.Payload.Length;
}

/// <inheritdoc cref="ISessionFollower.Passed"/>
internal sealed record LivePassed(string Host, Guid Agent, long UntilNs, bool IsLast) : LiveItem;

/// <inheritdoc cref="ISessionFollower.Gone"/>
internal sealed record LiveGone(string Host) : LiveItem;

/// <inheritdoc cref="ISessionFollower.Ended"/>
internal sealed record LiveEnded : LiveItem;

/// <summary>A control message that may tell of a rule.</summary>
internal sealed record LiveRule(RecordedControlMessage Message) : LiveItem
{
    public override long Bytes => Message.Frame.Length;
}

/// <summary>Someone asks for the paths as they are now.</summary>
/// <param name="Ids">The paths in question; empty: all.</param>
/// <param name="Answer">Null: what is kept does not suffice.</param>
internal sealed record LiveQuestion(IReadOnlyCollection<string> Ids, TaskCompletionSource<PathSet?> Answer) : LiveItem;
