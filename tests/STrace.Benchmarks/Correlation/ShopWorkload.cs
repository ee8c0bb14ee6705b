using STrace.Model;

namespace STrace.Benchmarks;

/// <summary>
/// Calls of a made-up shop, in order of time: clients with kept-alive connections, an event loop that forwards (one thread), a
/// pool of workers that read a file and ask a database, a database thread a connection. 17 calls a request on 4 hosts.
/// </summary>
/// <param name="inFlight">Requests at once, each with its own connections and threads.</param>
internal sealed class ShopWorkload(int inFlight)
{
    public const int CallsPerRequest = 17;
    private const long StepNs = 1000;

    private readonly Lane[] _lanes = [.. Enumerable.Range(0, inFlight).Select(i => new Lane(i))];
    private readonly Caller _loop = new("web", 100, 100);
    private long _nowNs = 1_700_000_000_000_000_000;

    /// <summary>The next requests, <see cref="inFlight"/> at once; a whole number of turns of all lanes.</summary>
    public List<HostEvent> Next(int requests)
    {
        int turns = requests / inFlight;
        var events = new List<HostEvent>(turns * inFlight * CallsPerRequest);
        for (int turn = 0; turn < turns; turn++)
            for (int step = 0; step < CallsPerRequest; step++)
                foreach (Lane lane in _lanes)
                    events.Add(Make(lane, step));
        return events;
    }

    private HostEvent Make(Lane lane, int step)
    {
        _nowNs += StepNs;
        return step switch
        {
            0 => lane.Client.Call(Operation.WriteSocket, lane.Ask.Client, 200, _nowNs),
            1 => _loop.Call(Operation.EpollWait, null, 0, _nowNs),
            2 => _loop.Call(Operation.RecvSocket, lane.Ask.Server, 200, _nowNs),
            3 => _loop.Call(Operation.WritevSocket, lane.Forward.Client, 250, _nowNs),
            4 => lane.Worker.Call(Operation.ReadSocket, lane.Forward.Server, 250, _nowNs),
            5 => lane.Worker.Call(Operation.Open, lane.File, 0, _nowNs),
            6 => lane.Worker.Call(Operation.ReadFile, lane.File, 4096, _nowNs),
            7 => lane.Worker.Call(Operation.Close, lane.File, 0, _nowNs),
            8 => lane.Worker.Call(Operation.SendSocket, lane.Query.Client, 60, _nowNs),
            9 => lane.Database.Call(Operation.RecvSocket, lane.Query.Server, 60, _nowNs),
            10 => lane.Database.Call(Operation.SendSocket, lane.Query.Server, 500, _nowNs),
            11 => lane.Worker.Call(Operation.RecvSocket, lane.Query.Client, 500, _nowNs),
            12 => lane.Worker.Call(Operation.WriteSocket, lane.Forward.Server, 3000, _nowNs),
            13 => _loop.Call(Operation.EpollWait, null, 0, _nowNs),
            14 => _loop.Call(Operation.RecvSocket, lane.Forward.Client, 3000, _nowNs),
            15 => _loop.Call(Operation.WritevSocket, lane.Ask.Server, 3000, _nowNs),
            _ => lane.Client.Call(Operation.ReadSocket, lane.Ask.Client, 3000, _nowNs),
        };
    }

    /// <summary>What one request at a time uses.</summary>
    private sealed class Lane(int number)
    {
        public (Channel Client, Channel Server) Ask { get; } = Connected("client", "10.0.0.1", "web", "10.0.0.2", 80, number);
        public (Channel Client, Channel Server) Forward { get; } = Connected("web", "10.0.0.2", "app", "10.0.0.3", 8080, number);
        public (Channel Client, Channel Server) Query { get; } = Connected("app", "10.0.0.3", "db", "10.0.0.4", 3306, number);
        public Channel File { get; } = new() { Host = "app", Kind = ChannelKind.File, Id = $"f{number}", Path = $"/srv/{number}" };
        public Caller Client { get; } = new("client", 200 + number, 200 + number);
        public Caller Worker { get; } = new("app", 300, 10_000 + number);
        public Caller Database { get; } = new("db", 400, 20_000 + number);

        private static (Channel, Channel) Connected(string client, string from, string server, string to, ushort port, int number)
        {
            var (a, b) = (new Endpoint(IpAddress.Parse(from), (ushort)(40_000 + number)), new Endpoint(IpAddress.Parse(to), port));
            return (End(client, a, b, number), End(server, b, a, number));
        }

        private static Channel End(string host, Endpoint local, Endpoint peer, int number) => new()
        {
            Host = host,
            Kind = ChannelKind.Socket,
            Id = $"{local.Port}:{peer.Port}:{number}",
            Protocol = FlowTuple.Tcp,
            Local = local,
            Peer = peer,
        };
    }

    private sealed class Caller(string host, int pid, int tid)
    {
        private readonly ThreadLife _life = new() { Host = host, Ring = (ulong)tid, Pid = pid, Tid = tid, Program = host };
        private uint _sequence;

        public HostEvent Call(Operation operation, Channel? channel, long bytes, long nowNs) => new()
        {
            Thread = _life,
            Sequence = ++_sequence,
            Operation = operation,
            EnterNs = nowNs,
            ExitNs = nowNs + 500,
            Result = bytes,
            Channel = channel,
            Bytes = bytes,
        };
    }
}
