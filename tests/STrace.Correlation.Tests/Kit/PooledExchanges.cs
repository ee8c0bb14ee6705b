using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>Questions and answers on one connection, each for a request of its own.</summary>
internal sealed class PooledExchanges
{
    private readonly Scenario _s;
    private readonly TestThread _client, _server;
    private readonly Channel _c, _d;
    private readonly int _growth, _number;
    private readonly List<(HostEvent? Ask, HostEvent? Take, HostEvent? Answer, HostEvent? Get, HostEvent Accept)> _calls = [];

    /// <param name="growth">By how many bytes each is longer than the one before.</param>
    /// <param name="number">Of the connection, and of its two threads.</param>
    public PooledExchanges(Scenario s, int growth, int number = 0)
    {
        (_s, _growth, _number, _client, _server) = (s, growth, number, s.Thread("h1", 1, 1 + number), s.Thread("h2", 2, 2 + number));
        (_c, _d) = s.Tcp("h1", $"10.0.0.1:{5000 + number}", "h2", "10.0.0.2:80");
        _client.Connect(_c);
        _server.Accept(_d);
    }

    /// <param name="lostAtClient">Of its two calls: 1 the question's, 2 both.</param>
    /// <param name="lostAtServer">The same.</param>
    public void Run(uint lostAtClient, uint lostAtServer, long pauseNs = 0)
    {
        int i = _calls.Count, asked = 10 + (i * _growth), answered = 20 + (i * _growth);
        _s.NowNs += pauseNs;
        Channel own = _s.Socket("h1", "10.0.0.1:80", $"10.0.9.{_number}:{1000 + i}");
        HostEvent accept = _client.Accept(own);
        _client.Read(own, 5);
        if (lostAtClient > 0)
            _client.LoseCalls(lostAtClient);
        HostEvent? ask = lostAtClient > 0 ? null : _client.Write(_c, asked);
        if (lostAtServer > 0)
            _server.LoseCalls(lostAtServer);
        HostEvent? take = lostAtServer > 0 ? null : _server.Read(_d, asked), answer = lostAtServer > 1 ? null : _server.Write(_d, answered);
        HostEvent? get = lostAtClient > 1 ? null : _client.Read(_c, answered);
        _client.Write(own, 5);
        _client.Close(own);
        _calls.Add((ask, take, answer, get, accept));
    }

    public bool[] AreJoined(PathSet set) => [.. _calls.Select(c =>
        c is { Ask: not null, Take: not null, Answer: not null, Get: not null } &&
        set.Edge(c.Ask, c.Take, EdgeKind.Message) is not null && set.Edge(c.Answer, c.Get, EdgeKind.Message) is not null)];

    public PathStatus[] Statuses(PathSet set) => [.. _calls.Select(c => set.PathOf(c.Accept)!.Status)];
}
