namespace STrace.Model;

/// <summary>The clocks of all hosts. Immutable, for any thread.</summary>
public sealed class HostClocks(IEnumerable<ClockOffset> offsets)
{
    private readonly Dictionary<string, HostClock> _clocks = offsets.ToDictionary(o => o.Host, o => new HostClock(o.Knots));

    /// <summary>The host's own clock, to be kept by who corrects many times of one host.</summary>
    public HostClock Of(string host) => _clocks.GetValueOrDefault(host) ?? HostClock.Right;

    /// <summary>The time by the reference clock; the same for a host that nothing is known of.</summary>
    public long Correct(string host, long timeNs) => Of(host).Correct(timeNs);
}
