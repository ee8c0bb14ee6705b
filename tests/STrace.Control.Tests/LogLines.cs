using Microsoft.Extensions.Logging;

namespace STrace.Control.Tests;

/// <summary>Keeps what is logged, "id: text" a line.</summary>
internal sealed class LogLines
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly List<string> _lines = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<string> OfEvent(int id)
    {
        lock (_lines)
            return [.. _lines.Where(line => line.StartsWith($"{id}: ", StringComparison.Ordinal))];
    }

    /// <summary>Waits for an event whose text contains this one.</summary>
    public async Task UntilAsync(int id, string text)
    {
        while (true)
        {
            Task changed;
            lock (_lines)
                changed = _changed.Task;
            if (OfEvent(id).Any(line => line.Contains(text, StringComparison.Ordinal)))
                return;
            await changed.WaitAsync(Patience);
        }
    }

    public ILogger<T> For<T>() => new Logger<T>(Add);

    private void Add(string line)
    {
        lock (_lines)
        {
            _lines.Add(line);
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class Logger<T>(Action<string> add) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            add($"{eventId.Id}: {formatter(state, exception)}");
    }
}
