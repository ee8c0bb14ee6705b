using STrace.Model;

namespace STrace.Benchmarks;

/// <summary>
/// Calls of a made-up shop on four hosts, in the order of time, the same in every run: clients that think between their requests; a web
/// server that is one event loop and forwards; workers that read a file and ask a database over connections out of a pool; a database
/// thread a connection. HTTP and SQL are marked, what is forwarded is not. Without connecting and closing 17 calls a request, of which
/// every fourth asks the database twice.
/// </summary>
internal sealed class ShopWorkload
{
    /// <summary>How often calls were made, unless said otherwise.</summary>
    public const int EventsASecond = 50_000;

    private const int LongestThought = 16; // turns
    private const int Urls = 100;
    private const int RequestBytes = 200;
    private const int ForwardedBytes = 250;
    private const int PageBytes = 3000;
    private const int QueryBytes = 60;
    private const int RowsBytes = 500;
    private const int FirstDescriptor = 10;

    private static readonly (string, string) Client = ("client", "10.0.0.1");
    private static readonly (string, string) Web = ("web", "10.0.0.2");
    private static readonly (string, string) App = ("app", "10.0.0.3");
    private static readonly (string, string) Database = ("db", "10.0.0.4");

    private readonly Random _random = new(1);
    private readonly ShopClock _clock;
    private readonly int _requestsPerConnection;
    private readonly ShopThread _loop;
    private readonly Queue<(ShopConnection Connection, ShopThread Server)> _pool = [];
    private readonly IEnumerator<HostEvent?>[] _lanes;
    private int _turn;
    private int _connections;

    /// <param name="inFlight">Clients, each with a worker of its own.</param>
    /// <param name="requestsPerConnection">How many a client sends before it closes its connection and opens another; so does the web server.</param>
    public ShopWorkload(int inFlight = 64, int requestsPerConnection = 8, long startNs = 1_700_000_000_000_000_000)
    {
        _clock = new ShopClock(startNs, 1_000_000_000 / EventsASecond);
        _requestsPerConnection = requestsPerConnection;
        _loop = new ShopThread(_clock, "web", 100, 100);
        _lanes = [.. Enumerable.Range(0, inFlight).Select(number => Live(number).GetEnumerator())];
    }

    public static IReadOnlyList<string> Hosts => ["app", "client", "db", "web"];

    /// <summary>The stamp of the last call's beginning.</summary>
    public long NowNs => _clock.NowNs;

    /// <summary>Of which the client has the whole answer.</summary>
    public int RequestsDone { get; private set; }

    public List<HostEvent> Next(int count)
    {
        var events = new List<HostEvent>(count);
        while (events.Count < count)
        {
            IEnumerator<HostEvent?> lane = _lanes[_turn];
            lane.MoveNext();
            HostEvent? call = lane.Current;
            // The loop finishes what it has begun; between other threads the processor changes at any time.
            if (call is null || (call.Thread != _loop.Life && _random.Next(2) == 0))
                _turn = (_turn + 1) % _lanes.Length;
            if (call is not null)
                events.Add(call);
        }
        return events;
    }

    /// <summary>A client's requests, one after the other; null: it is another's turn.</summary>
    private IEnumerable<HostEvent?> Live(int number)
    {
        var client = new ShopThread(_clock, "client", 200 + number, 200 + number);
        var worker = new ShopThread(_clock, "app", 300, 10_000 + number);
        var database = new ShopThread(_clock, "db", 400, 20_000 + number);
        int descriptor = FirstDescriptor + 3 * number;
        var file = new ShopEnd(
            new Channel { Host = "app", Kind = ChannelKind.File, Id = $"9:{number}", Path = $"/srv/{number}" }, descriptor + 2);
        ShopConnection pooled = Connection(App, Database, 3306, descriptor);
        yield return worker.Connect(pooled.Client);
        yield return database.Accept(pooled.Server);
        _pool.Enqueue((pooled, database));
        ShopConnection? ask = null, forward = null;
        for (int request = 0; ; request++)
        {
            for (int turns = _random.Next(LongestThought); turns > 0; turns--)
                yield return null;
            bool connects = request % _requestsPerConnection == 0;
            if (connects)
            {
                if (ask is not null)
                {
                    yield return client.Close(ask.Client);
                    yield return null;
                    yield return _loop.Wait();
                    yield return _loop.Receive(Operation.RecvSocket, ask.Server, 0, waits: false);
                    yield return _loop.Close(ask.Server);
                    yield return null;
                }
                ask = Connection(Client, Web, 80, descriptor);
                yield return client.Connect(ask.Client);
                yield return null;
                yield return _loop.Wait();
                yield return _loop.Accept(ask.Server);
                yield return null;
            }
            MessageMark question = Mark(MessageProtocol.Http1, MarkTraits.Request, RequestBytes, _random.Next(Urls));
            MessageMark page = Mark(MessageProtocol.Http1, MarkTraits.Response, PageBytes, 0);
            yield return client.Send(Operation.WriteSocket, ask!.Client, RequestBytes, With(question));
            yield return null;
            yield return _loop.Wait();
            yield return _loop.Receive(Operation.RecvSocket, ask.Server, RequestBytes, With(question), waits: false);
            if (connects)
            {
                if (forward is not null)
                    yield return _loop.Close(forward.Client);
                ShopConnection? last = forward;
                forward = Connection(Web, App, 8080, descriptor + 1);
                yield return _loop.Connect(forward.Client);
                yield return _loop.Send(Operation.WritevSocket, forward.Client, ForwardedBytes);
                yield return null;
                if (last is not null)
                {
                    yield return worker.Receive(Operation.ReadSocket, last.Server, 0);
                    yield return worker.Close(last.Server);
                }
                yield return worker.Accept(forward.Server);
            }
            else
            {
                yield return _loop.Send(Operation.WritevSocket, forward!.Client, ForwardedBytes);
                yield return null;
            }
            yield return worker.Receive(Operation.ReadSocket, forward.Server, ForwardedBytes);
            yield return worker.Open(file);
            yield return worker.Receive(Operation.ReadFile, file, PageBytes, waits: false);
            yield return worker.Close(file);
            for (int queries = request % 4 == 0 ? 2 : 1; queries > 0; queries--)
            {
                (ShopConnection connection, ShopThread server) = _pool.Dequeue();
                MessageMark query = Mark(MessageProtocol.MySql, MarkTraits.Request, QueryBytes, _random.Next(Urls));
                MessageMark rows = Mark(MessageProtocol.MySql, MarkTraits.Response, RowsBytes, 0);
                yield return worker.Send(Operation.SendSocket, connection.Client, QueryBytes, With(query));
                yield return null;
                yield return server.Receive(Operation.RecvSocket, connection.Server, QueryBytes, With(query));
                yield return server.Send(Operation.SendSocket, connection.Server, RowsBytes, With(rows));
                yield return null;
                yield return worker.Receive(Operation.RecvSocket, connection.Client, RowsBytes, With(rows));
                _pool.Enqueue((connection, server));
            }
            yield return worker.Send(Operation.WriteSocket, forward.Server, PageBytes);
            yield return null;
            yield return _loop.Wait();
            yield return _loop.Receive(Operation.RecvSocket, forward.Client, PageBytes, waits: false);
            yield return _loop.Send(Operation.WritevSocket, ask.Server, PageBytes, With(page));
            yield return null;
            RequestsDone++;
            yield return client.Receive(Operation.ReadSocket, ask.Client, PageBytes, With(page));
        }
    }

    private ShopConnection Connection((string, string) client, (string, string) server, ushort port, int descriptor) =>
        new(client, server, port, _connections++, descriptor);

    private static MessageMark Mark(MessageProtocol protocol, MarkTraits side, int bytes, int what) => new(
        protocol, MarkTraits.Start | MarkTraits.End | side, 0, (uint)bytes, 0, (ulong)what, [], 0, 0, 1, null);

    private static EventDetail With(MessageMark mark) => new() { Marks = [mark] };
}
