using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using STrace.Agent;
using STrace.AgentProtocol;

namespace STrace.Benchmarks;

/// <summary>
/// How many records a second of processor time are brought from the rings to encoded blocks: a real arena, its rings filled with calls, drained as
/// the agent's drain thread does it while a session records. Beside it a plain copy of the same bytes to buffers of the same size.
/// </summary>
internal sealed unsafe partial class DrainerBenchmark : IDisposable
{
    private const uint Rings = 512;
    private const uint RecordsPerRing = 1024;
    private const int RecordsPerPass = 128; // of each ring
    private const int Passes = 100;
    private const int OwnerStackBytes = 64 * 1024;
    private const int CopyBuffers = 16;
    private const int CopyBytes = 256 * 1024;

    private readonly string _path = $"/dev/shm/s-trace-benchmark-{Environment.ProcessId}.arena";
    private readonly TickClock _clock = new();
    private readonly Spool _spool = new(maxBytes: 64 << 20);
    private readonly Arena _arena;
    private readonly BlockBuilder _builder;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _base;
    private readonly byte[][] _copies = [.. Enumerable.Range(0, CopyBuffers).Select(_ => new byte[CopyBytes])];

    public DrainerBenchmark()
    {
        var options = new AgentOptions { Host = "benchmark", Manager = "unix:none", Socket = "none", Rings = Rings, RecordsPerRing = RecordsPerRing };
        _arena = new Arena(0, _path, HostLibrary.EffectiveUser(), HostLibrary.EffectiveGroup(), options, _clock);
        _builder = new BlockBuilder(_clock, _spool);
        _builder.Begin("benchmark", []);
        _spool.ManagerAnswers(true);
        _file = MemoryMappedFile.CreateFromFile(_path, FileMode.Open);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);
        for (uint slot = 0; slot < Rings; slot++)
            Fill(slot, StartOwner());
    }

    /// <summary>A line for each round: millions of records a second drained, drained again, and copied.</summary>
    public void Run(int rounds, TextWriter output)
    {
        Drain(); // until the compiler has optimised it
        Copy();
        for (int round = 0; round < rounds; round++)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Drain()} {Drain()} {Copy()}"));
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        _arena.Dispose();
    }

    private RingHeader* Ring(uint slot) => (RingHeader*)(_base + ArenaHeader.Bytes) + slot;

    private CallRecord* Records(uint slot) => (CallRecord*)(Ring(Rings)) + slot * RecordsPerRing;

    /// <summary>A thread that does nothing but live, as long as this process does; the agent frees the ring of a dead one.</summary>
    private static uint StartOwner()
    {
        using var started = new ManualResetEventSlim();
        uint tid = 0;
        var owner = new Thread(() =>
        {
            tid = (uint)GetTid();
            started.Set();
            Thread.Sleep(Timeout.Infinite);
        }, OwnerStackBytes)
        { IsBackground = true };
        owner.Start();
        started.Wait();
        return tid;
    }

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetTid();

    private void Fill(uint slot, uint owner)
    {
        RingHeader* ring = Ring(slot);
        ring->Pid = (uint)Environment.ProcessId;
        ring->Tid = owner;
        "benchmark"u8.CopyTo(new Span<byte>(ring->Program, RingHeader.ProgramBytes));
        for (uint i = 0; i < RecordsPerRing; i++)
        {
            Records(slot)[i] = new CallRecord
            {
                Enter = _clock.Sample(),
                Sequence = i + 1,
                Op = 111,
                DurationErrno = 1000,
                Result = 100,
                Arg0 = 7,
                Arg1 = 100,
                ObjectNumber = slot + 1,
                Length = 100,
            };
        }
        ring->State = 1;
        ring->Generation = ((ArenaHeader*)_base)->NextGeneration++;
    }

    private double Drain()
    {
        long drained = 0;
        TimeSpan used = default;
        for (int pass = 0; pass < Passes; pass++)
        {
            for (uint slot = 0; slot < Rings; slot++)
                Ring(slot)->Head += RecordsPerPass;
            TimeSpan before = Environment.CpuUsage.TotalTime;
            _arena.Drain(_builder, Look.Away);
            _spool.Acknowledge(_spool.Sequence);
            used += Environment.CpuUsage.TotalTime - before;
            for (uint slot = 0; slot < Rings; slot++)
                drained += Ring(slot)->Tail == Ring(slot)->Head ? RecordsPerPass : 0;
        }
        return drained == (long)Passes * Rings * RecordsPerPass
            ? drained / used.TotalMicroseconds
            : throw new InvalidOperationException($"{drained} records were drained");
    }

    private double Copy()
    {
        long copied = 0;
        TimeSpan before = Environment.CpuUsage.TotalTime;
        for (int pass = 0; pass < Passes; pass++)
        {
            int at = 0;
            for (uint slot = 0; slot < Rings; slot++, at += RecordsPerPass * WireRecord.Bytes)
            {
                var source = new ReadOnlySpan<byte>(Records(slot) + pass * RecordsPerPass % RecordsPerRing, RecordsPerPass * WireRecord.Bytes);
                source.CopyTo(_copies[at / CopyBytes % CopyBuffers].AsSpan(at % CopyBytes));
                copied += RecordsPerPass;
            }
        }
        return copied / (Environment.CpuUsage.TotalTime - before).TotalMicroseconds;
    }
}
