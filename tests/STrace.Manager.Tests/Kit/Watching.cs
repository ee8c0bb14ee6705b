using System.Net.ServerSentEvents;
using System.Text.Json;

namespace STrace.Manager.Tests;

/// <summary>One who watches a session's paths over HTTP.</summary>
internal sealed class Watching : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Stream _stream;
    private readonly IAsyncEnumerator<SseItem<string>> _items;

    private Watching(Stream stream)
    {
        _stream = stream;
        _items = SseParser.Create(stream).EnumerateAsync().GetAsyncEnumerator();
    }

    /// <summary>Returns when it is told everything that comes.</summary>
    public static async Task<Watching> BeginAsync(RunningManager manager, string session)
    {
        var watching = new Watching(await manager.Http.GetStreamAsync($"sessions/{session}/paths/live"));
        Assert.Equal("heartbeat", (await watching.NextAsync()).EventType);
        return watching;
    }

    /// <summary>The next path that is told and meets the condition.</summary>
    public async Task<PathSummary> PathAsync(Predicate<PathSummary> wanted)
    {
        while (true)
        {
            SseItem<string> item = await NextAsync();
            Assert.NotEqual("end", item.EventType);
            if (item.EventType == "path" && JsonSerializer.Deserialize<PathSummary>(item.Data, JsonSerializerOptions.Web) is { } path && wanted(path))
                return path;
        }
    }

    /// <summary>What is said at the end; the paths that are told before are passed over.</summary>
    public async Task<PathsEnded> EndAsync()
    {
        SseItem<string> item;
        do
            item = await NextAsync();
        while (item.EventType != "end");
        Assert.False(await _items.MoveNextAsync());
        return JsonSerializer.Deserialize<PathsEnded>(item.Data, JsonSerializerOptions.Web)!;
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private async Task<SseItem<string>> NextAsync()
    {
        Assert.True(await _items.MoveNextAsync().AsTask().WaitAsync(Patience), "the manager ended the answer");
        return _items.Current;
    }
}
