using System.Net.ServerSentEvents;
using System.Text.Json;

namespace STrace.Manager;

/// <summary>Tells watchers of a session's paths as they are built. Any thread.</summary>
internal sealed class PathFeed
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Lock _gate = new();
    private readonly HashSet<PathWatcher> _watchers = [];
    private SseItem<string>? _end;

    /// <summary>Hears everything from now on.</summary>
    /// <param name="cutOff">Called when the watcher does not keep up.</param>
    public PathWatcher Watch(Action cutOff)
    {
        var watcher = new PathWatcher(this, cutOff);
        lock (_gate)
        {
            if (_end is { } end)
                watcher.End(end);
            else
                _watchers.Add(watcher);
        }
        return watcher;
    }

    /// <param name="what">Made only when someone watches.</param>
    public void Tell<T>(string name, Func<T> what)
    {
        lock (_gate)
        {
            if (_watchers.Count == 0)
                return;
            SseItem<string> item = Item(name, what());
            _watchers.RemoveWhere(watcher => !watcher.TryTell(item));
        }
    }

    /// <summary>Nothing more will be told.</summary>
    public void End(PathsEnded end)
    {
        lock (_gate)
        {
            _end = Item("end", end);
            foreach (PathWatcher watcher in _watchers)
                watcher.End(_end.Value);
            _watchers.Clear();
        }
    }

    public void Leave(PathWatcher watcher)
    {
        lock (_gate)
            _watchers.Remove(watcher);
    }

    private static SseItem<string> Item<T>(string name, T what) => new(JsonSerializer.Serialize(what, Json), name);
}
