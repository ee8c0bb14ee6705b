using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;
using STrace.Control;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>Follows each session while it records, so that its paths are known before it is closed. Any thread.</summary>
internal sealed class LivePaths(
    ISessionStore store, SessionReader reader, AgentRegistry agents, ManagerOptions options, TimeProvider time, ILogger<LivePaths> logger)
    : ISessionFollower, IDisposable
{
    private volatile LiveSession? _session;
    private LiveSession? _last; // which may still be at its end

    /// <summary>Null when no session of this name records.</summary>
    public LiveSession? Find(string session) => _session is { } current && current.Name == session ? current : null;

    public void Begun(string session) => _last = _session = new LiveSession(
        session,
        new LiveSources(
            [.. agents.Connected.Where(a => a.Ports.Count == 0).Select(a => a.Host.Name)],
            () => SessionReader.HostAddresses(agents.All.Select(a => a.Host)),
            () => ClockReader.Read(store.Open(session)),
            () => NetworkHistoryReader.Read(reader.Messages(session, store.Open(session)))),
        options, time, logger);

    public void Block(string host, Guid agent, BlockFrame block) => _session?.Give(new LiveBlock(host, agent, block));

    public void Passed(string host, Guid agent, long untilNs, long dropped, bool isLast) =>
        _session?.Give(new LivePassed(host, agent, untilNs, isLast));

    public void Gone(string host) => _session?.Give(new LiveGone(host));

    public void Ended(string session)
    {
        _session?.Give(new LiveEnded());
        _session = null;
    }

    public void Dispose()
    {
        _session?.Give(new LiveEnded());
        _last?.Leave();
    }

    /// <inheritdoc cref="IControlRecorder.Record"/>
    public void Control(in ControlBurst burst) => _session?.Control(burst);
}
