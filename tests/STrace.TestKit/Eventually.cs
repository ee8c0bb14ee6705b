namespace STrace.TestKit;

/// <summary>Waits for what another thread or process is about to do.</summary>
public static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    /// <exception cref="TimeoutException">It has not come true in time.</exception>
    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        for (long start = Environment.TickCount64; !condition(); await Task.Delay(Pause))
        {
            if (Environment.TickCount64 - start > Patience.TotalMilliseconds)
                throw new TimeoutException($"{what}: not in {Patience.TotalSeconds} s");
        }
    }
}
