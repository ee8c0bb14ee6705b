using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace STrace.Manager.Tests;

/// <summary>Keeps what the manager logs.</summary>
internal sealed class CapturedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(int Id, string Text)> _events = new();

    public IEnumerable<string> OfEvent(int id) => _events.Where(e => e.Id == id).Select(e => e.Text);

    public ILogger CreateLogger(string categoryName) => new Logger<object>(_events);

    public ILogger<T> For<T>() => new Logger<T>(_events);

    public void Dispose()
    {
    }

    private sealed class Logger<T>(ConcurrentQueue<(int Id, string Text)> events) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            events.Enqueue((eventId.Id, formatter(state, exception)));
    }
}
