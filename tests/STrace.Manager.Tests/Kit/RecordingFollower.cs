using System.Collections.Concurrent;
using STrace.AgentProtocol;

namespace STrace.Manager.Tests;

/// <summary>Keeps what it is told, each as a line.</summary>
internal sealed class RecordingFollower : ISessionFollower
{
    private readonly ConcurrentQueue<string> _told = new();

    public IReadOnlyList<string> Told => [.. _told];

    public void Begun(string session) => _told.Enqueue($"{session} begins");

    public void Block(string host, Guid agent, BlockFrame block) => _told.Enqueue($"{host} {block.Kind} {block.Sequence}");

    public void Passed(string host, Guid agent, long untilNs, long dropped, bool isLast) =>
        _told.Enqueue($"{host} until {untilNs}{(dropped > 0 ? $", {dropped} dropped" : "")}{(isLast ? ", last" : "")}");

    public void Gone(string host) => _told.Enqueue($"{host} gone");

    public void Ended(string session) => _told.Enqueue($"{session} ends");
}
