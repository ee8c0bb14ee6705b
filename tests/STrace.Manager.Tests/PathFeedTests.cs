using System.Net.ServerSentEvents;

namespace STrace.Manager.Tests;

public sealed class PathFeedTests
{
    private readonly PathFeed _feed = new();
    private bool _isCutOff;

    [Fact]
    public async Task Tell_AWatcher_HearsInOrderAndTheEnd()
    {
        PathWatcher watcher = _feed.Watch(() => _isCutOff = true);
        _feed.Tell("path", () => 1);
        _feed.Tell("path", () => 2);
        _feed.End(new PathsEnded("s1", null));

        Assert.Equal(
            ["heartbeat {}", "path 1", "path 2", """end {"session":"s1","reason":null}"""], await HeardAsync(watcher));
        Assert.False(_isCutOff);
    }

    [Fact]
    public async Task Watch_AfterTheEnd_HearsTheEnd()
    {
        _feed.End(new PathsEnded("s1", "why"));

        Assert.Equal(["heartbeat {}", """end {"session":"s1","reason":"why"}"""], await HeardAsync(_feed.Watch(() => { })));
    }

    [Fact]
    public async Task Tell_AWatcherThatDoesNotTake_CutsItOff()
    {
        PathWatcher watcher = _feed.Watch(() => _isCutOff = true);
        for (int i = 0; i < PathWatcher.MostWaiting; i++)
            _feed.Tell("path", () => i);
        Assert.False(_isCutOff);

        _feed.Tell("path", () => -1);

        Assert.True(_isCutOff);
        await Assert.ThrowsAsync<IOException>(() => HeardAsync(watcher));
    }

    [Fact]
    public void Tell_NobodyWatches_MakesNothing() => _feed.Tell<int>("path", () => throw new InvalidOperationException("made"));

    private static async Task<List<string>> HeardAsync(PathWatcher watcher)
    {
        var heard = new List<string>();
        await foreach (SseItem<string> item in watcher.ReadAsync(CancellationToken.None))
            heard.Add($"{item.EventType} {item.Data}");
        return heard;
    }
}
