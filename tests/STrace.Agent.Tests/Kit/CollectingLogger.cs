using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace STrace.Agent.Tests;

/// <summary>Keeps what is logged.</summary>
internal sealed class CollectingLogger<T> : ILogger<T>
{
    private readonly ConcurrentQueue<(int Event, string Text)> _logged = [];

    public IEnumerable<string> OfEvent(int id) => _logged.Where(l => l.Event == id).Select(l => l.Text);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _logged.Enqueue((eventId.Id, formatter(state, exception)));
}
