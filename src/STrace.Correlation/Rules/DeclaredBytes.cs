using STrace.Model;

namespace STrace.Correlation;

/// <summary>A logical context of a process, as its runtime hook numbers them.</summary>
internal readonly record struct DeclaredContext(Guid Agent, int Pid, ulong Number);

/// <summary>Bytes of one send, From (inclusive) to To (exclusive), that were declared for a context.</summary>
internal readonly record struct DeclaredPart(DeclaredContext Context, long From, long To);

/// <summary>Holds what runtime hooks declared of a host's bytes against the calls that moved them.</summary>
internal sealed class DeclaredBytes
{
    private readonly Dictionary<int, DeclaredPart[]> _sends = [];
    private readonly Dictionary<DeclaredContext, int> _receives = [];

    /// <param name="byTime">The host's events in effect order.</param>
    public DeclaredBytes(HostEvents host, IReadOnlyList<int> byTime, IEnumerable<DeclaredSend> declared)
    {
        var waiting = new Dictionary<Channel, Waiting>();
        var received = new Dictionary<Channel, int>();
        DeclaredSend[] declarations = [.. declared.OrderBy(d => d.TimeNs)];
        int next = 0;
        foreach (int index in byTime)
        {
            HostEvent e = host.All[index];
            for (; next < declarations.Length && declarations[next].TimeNs <= e.EffectNs; next++)
                Declare(declarations[next]);
            if (e.Bytes <= 0 || e.Channel is not { Kind: ChannelKind.Socket } channel)
                continue;
            if (e.Operation.IsReceive())
                received[channel] = index;
            else if (e.Operation.IsSend() && waiting.TryGetValue(channel, out Waiting? before))
                _sends[index] = host.LossBefore(index) is null ? before.Take(e.Bytes) : [];
        }

        void Declare(DeclaredSend d)
        {
            var context = new DeclaredContext(d.Agent, d.Pid, d.Context);
            if (d.Bytes == 0)
            {
                if (received.TryGetValue(d.Channel, out int receive))
                    _receives[context] = receive;
                return;
            }
            if (!waiting.TryGetValue(d.Channel, out Waiting? before))
                waiting[d.Channel] = before = new Waiting();
            before.Add(context, d.Bytes);
        }
    }

    /// <summary>For whom the bytes of a send are; empty: nothing was declared of them.</summary>
    public IReadOnlyList<DeclaredPart> PartsOf(int index) => _sends.GetValueOrDefault(index, []);

    /// <summary>The receive that brought the context's request; <see cref="HostTrace.None"/>: no request was declared.</summary>
    public int ReceiveOf(DeclaredContext context) => _receives.GetValueOrDefault(context, HostTrace.None);

    /// <summary>What was declared of one channel and not sent yet.</summary>
    private sealed class Waiting
    {
        private readonly LinkedList<(DeclaredContext Context, long Bytes)> _declared = [];
        private long _bytes;

        public void Add(DeclaredContext context, long bytes)
        {
            _declared.AddLast((context, bytes));
            _bytes += bytes;
        }

        /// <summary>The next bytes. Where they are more than was declared, the first ones were declared before the session.</summary>
        public DeclaredPart[] Take(long bytes)
        {
            var parts = new List<DeclaredPart>();
            for (long at = Math.Max(0, bytes - _bytes); at < bytes;)
            {
                (DeclaredContext context, long declared) = _declared.First!.Value;
                _declared.RemoveFirst();
                long taken = Math.Min(declared, bytes - at);
                if (taken < declared)
                    _declared.AddFirst((context, declared - taken));
                parts.Add(new DeclaredPart(context, at, at + taken));
                at += taken;
                _bytes -= taken;
            }
            return [.. parts];
        }
    }
}
