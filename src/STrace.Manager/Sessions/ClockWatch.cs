using STrace.Model;

namespace STrace.Manager;

/// <summary>Reads the clocks of all agents while a session records: when it begins, every 10 seconds, and when it ends.</summary>
internal sealed class ClockWatch : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastDeadline = TimeSpan.FromMilliseconds(250);

    private readonly AgentRegistry _agents;
    private readonly Action<ClockReading> _keep;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _watching;

    /// <param name="keep">Called by any thread, until <see cref="EndAsync"/> returns.</param>
    public ClockWatch(AgentRegistry agents, Action<ClockReading> keep, TimeProvider time)
    {
        (_agents, _keep, _time) = (agents, keep, time);
        _watching = WatchAsync(_ended.Token);
    }

    /// <summary>Reads them once more. Does not wait long for who does not answer.</summary>
    public async Task EndAsync()
    {
        await _ended.CancelAsync();
        await _watching.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        using var deadline = new CancellationTokenSource(LastDeadline, _time);
        await ReadAllAsync(deadline.Token);
    }

    public void Dispose() => _ended.Dispose();

    private async Task WatchAsync(CancellationToken ct)
    {
        while (true)
        {
            await ReadAllAsync(ct);
            await Task.Delay(Every, _time, ct);
        }
    }

    private Task ReadAllAsync(CancellationToken ct) => Task.WhenAll(_agents.Connected.Select(async agent =>
    {
        if (await agent.ReadClockAsync(ct) is { } reading)
            _keep(reading);
    }));
}
