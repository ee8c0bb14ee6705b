using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>What earlier runs of this host's agent left in the spool, one after the other. Owned by the link.</summary>
internal sealed class EarlierRuns(SpoolFolder folder, ILogger<EarlierRuns> logger)
{
    private const int MostTries = 3;

    private readonly Queue<Guid> _runs = new(folder.Runs);
    private SpoolFiles? _open;
    private int _tries;

    /// <summary>
    /// The run that is to be sent, until it is <see cref="Done"/>; null when there is none. One that cannot be read, or that a manager
    /// which answers did not take in several tries, stays on the disk.
    /// </summary>
    public SpoolFiles? Next()
    {
        if (_open is not null && _tries >= MostTries)
        {
            LogMessages.EarlierRunKept(logger, _open.Agent, $"the manager broke off {MostTries} times", folder.Path);
            Done();
        }
        while (_open is null && _runs.TryDequeue(out Guid run))
        {
            try
            {
                _open = SpoolFiles.Open(folder, run); // null: it goes on, under another socket
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogMessages.EarlierRunKept(logger, run, e.Message, folder.Path);
            }
            if (_open is { Blocks: 0 })
                Done();
        }
        return _open;
    }

    /// <summary>A manager answers, and is about to be sent the run.</summary>
    public void CountTry() => _tries++;

    /// <summary>The run needs no more tries; what is stored is taken off the disk.</summary>
    public void Done()
    {
        _open?.Dispose();
        (_open, _tries) = (null, 0);
    }
}

/// <summary>What stands behind a link that only sends what an earlier run left.</summary>
internal sealed class EarlierRunHandler(ILogger logger) : ILinkHandler
{
    /// <summary>The manager says it again when this run connects.</summary>
    public void Request(string? session)
    {
    }

    public byte[]? Handle(object frame)
    {
        if (frame is RefuseFrame refused)
            LogMessages.Refused(logger, refused.Reason);
        return null;
    }
}
