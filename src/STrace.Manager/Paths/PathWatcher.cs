using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace STrace.Manager;

/// <summary>One who watches a session's paths. What waits for it is bounded: one that does not keep up is cut off, and holds up nobody.</summary>
internal sealed class PathWatcher(PathFeed feed, Action cutOff)
{
    /// <summary>Events that wait for a slow watcher at most.</summary>
    public const int MostWaiting = 16_384;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    private readonly Channel<SseItem<string>> _waiting = Channel.CreateBounded<SseItem<string>>(MostWaiting + 1); // and the end

    /// <returns>False when it was cut off.</returns>
    public bool TryTell(SseItem<string> item)
    {
        if (_waiting.Reader.Count < MostWaiting)
            return _waiting.Writer.TryWrite(item);
        _waiting.Writer.Complete(new IOException("the watcher does not keep up"));
        cutOff();
        return false;
    }

    public void End(SseItem<string> end)
    {
        _waiting.Writer.TryWrite(end);
        _waiting.Writer.TryComplete();
    }

    /// <summary>Everything that is told, and a heartbeat at the beginning and when nothing was told for long; ends with the session.</summary>
    public async IAsyncEnumerable<SseItem<string>> ReadAsync([EnumeratorCancellation] CancellationToken ct)
    {
        try
        {
            yield return new SseItem<string>("{}", "heartbeat");
            Task<bool> more = _waiting.Reader.WaitToReadAsync(ct).AsTask();
            while (true)
            {
                if (await Task.WhenAny(more, Task.Delay(Heartbeat, ct)) != more)
                {
                    ct.ThrowIfCancellationRequested();
                    yield return new SseItem<string>("{}", "heartbeat");
                    continue;
                }
                if (!await more)
                    break;
                while (_waiting.Reader.TryRead(out SseItem<string> item))
                    yield return item;
                more = _waiting.Reader.WaitToReadAsync(ct).AsTask();
            }
        }
        finally
        {
            feed.Leave(this);
        }
    }
}
