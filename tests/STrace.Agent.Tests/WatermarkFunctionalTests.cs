using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using STrace.AgentProtocol;
using STrace.Model;
using STrace.TestKit;

namespace STrace.Agent.Tests;

/// <summary>Real programs with libwrapper, an agent, and what it says to have passed.</summary>
public sealed class WatermarkFunctionalTests : IDisposable
{
    private const int PipeBytes = 65536; // pipe(7)
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly ScriptedManager _door;
    private readonly List<(Operation Operation, long EffectNs)> _calls = [];
    private readonly List<Process> _programs = [];
    private IHost _agent = null!;
    private FramePeer _manager = null!;
    private long _passedNs;
    private int _late; // calls that came behind what had passed

    public WatermarkFunctionalTests() => _door = new ScriptedManager(_folder["manager.sock"]);

    public void Dispose()
    {
        foreach (Process program in _programs)
        {
            program.Kill();
            program.Dispose();
        }
        _manager.Dispose();
        _agent.StopAsync().GetAwaiter().GetResult();
        _agent.Dispose();
        _door.Dispose();
        _folder.Dispose();
    }

    private AgentCounters Counters => _agent.Services.GetRequiredService<AgentCounters>();

    [Fact]
    public async Task Passed_ProgramsThatCallWithoutPause_NothingComesBehindIt()
    {
        await RecordAsync();
        Process shell = Start("/bin/sh", "-c", "seq 3000 | while read x; do echo $x; done | cat > /dev/null");
        await shell.WaitForExitAsync();

        await UntilPassedAsync(TickClock.NowNs);

        Assert.True(_calls.Count > 3000, $"{_calls.Count} calls were recorded");
        Assert.Equal((0, 0L), (_late, Counters.RecordsLate));
    }

    [Fact]
    public async Task Passed_AReadIsBlocked_GoesOn()
    {
        await RecordAsync();
        Process cat = Start("/bin/cat");
        await cat.StandardInput.WriteLineAsync("x");
        await cat.StandardInput.FlushAsync();
        Assert.Equal("x", await cat.StandardOutput.ReadLineAsync());
        await SleepsAsync(cat);

        await UntilPassedAsync(TickClock.NowNs);

        Assert.Contains(_calls, c => c.Operation == Operation.WritePipe);
        Assert.False(cat.HasExited);
    }

    [Fact]
    public async Task Passed_AWriteIsBlocked_WaitsForIt()
    {
        await RecordAsync();
        Process dd = Start("/bin/dd", "if=/dev/zero", $"bs={2 * PipeBytes}", "count=1");
        await SleepsAsync(dd);
        long blockedNs = TickClock.NowNs;

        for (int i = 0; i < 5; i++)
            await NextPassedAsync();
        Assert.True(_passedNs < blockedNs, "what was written has not passed");
        await dd.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        await UntilPassedAsync(blockedNs);

        Assert.Contains(_calls, c => c.Operation == Operation.WritePipe && c.EffectNs < blockedNs);
        Assert.Equal((0, 0L, 0L), (_late, Counters.RecordsLate, Counters.CallsPassedOver));
    }

    [Fact]
    public async Task Passed_AWriteIsBlockedForTooLong_GoesOnAndCountsIt()
    {
        await RecordAsync(longestHold: TimeSpan.FromMilliseconds(100));
        Process dd = Start("/bin/dd", "if=/dev/zero", $"bs={2 * PipeBytes}", "count=1");
        await SleepsAsync(dd);

        await UntilPassedAsync(TickClock.NowNs);
        Assert.Equal((0L, 1L), (Counters.RecordsLate, Counters.CallsPassedOver));
        await dd.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        await UntilPassedAsync(TickClock.NowNs);

        Assert.Equal((1, 1L), (_late, Counters.RecordsLate));
    }

    /// <summary>An agent that records a session.</summary>
    private async Task RecordAsync(TimeSpan? longestHold = null)
    {
        _agent = AgentHost.Build(
            new AgentOptions
            {
                Host = $"test-{Guid.NewGuid():N}",
                Manager = $"unix:{_folder["manager.sock"]}",
                Socket = _folder["agent.sock"],
                LongestHold = longestHold ?? Patience * 2,
            },
            _ => { });
        await _agent.StartAsync();
        _manager = await _door.WelcomeAsync();
        await _manager.SendAsync(FrameCodec.Encode(new ConfigureFrame("s1")));
        while (await _manager.ReadAsync() is not ArmedFrame)
        {
        }
    }

    private Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LD_PRELOAD"] = InstallLayout.Find("libwrapper.so"), ["STRACE_SOCKET"] = _folder["agent.sock"] },
        };
        Process started = Process.Start(start)!;
        _programs.Add(started);
        return started;
    }

    private static Task SleepsAsync(Process program) => Eventually.TrueAsync(
        () => File.ReadAllText($"/proc/{program.Id}/syscall").Split(' ') is ["0", "0x0", ..] or ["1", "0x1", ..], // read(0), write(1)
        "the program is blocked");

    private async Task UntilPassedAsync(long timeNs)
    {
        for (long start = Environment.TickCount64; _passedNs < timeNs; await NextPassedAsync())
            Assert.True(Environment.TickCount64 - start < Patience.TotalMilliseconds, $"{timeNs} has not passed, only {_passedNs}");
    }

    private async Task NextPassedAsync()
    {
        while (true)
        {
            switch (await _manager.ReadAsync())
            {
                case BlockFrame { Kind: FrameType.Events } block:
                    Take(block.Payload.Span);
                    break;
                case PassedFrame passed:
                    Assert.True(passed.UpToNs >= _passedNs);
                    _passedNs = passed.UpToNs;
                    return;
            }
        }
    }

    private void Take(ReadOnlySpan<byte> payload)
    {
        while (RecordRun.TryRead(ref payload, out _, out ReadOnlySpan<byte> records))
        {
            foreach (ref readonly CallRecord record in MemoryMarshal.Cast<byte, CallRecord>(records))
            {
                if (record.Op >= WireRecord.ObjectOp)
                    continue;
                var operation = (Operation)record.Op;
                long durationNs = operation.TakesEffectAtExit() ? (long)(record.DurationErrno & WireRecord.DurationMask) : 0;
                _calls.Add((operation, (long)record.Enter + durationNs));
                _late += _calls[^1].EffectNs < _passedNs ? 1 : 0;
            }
        }
    }
}
