using System.Diagnostics;
using STrace.Fuzz;

// s-trace's codec under damaged messages: STrace.Fuzz [COUNT [SEED]]. Exit status 1, with the message in hexadecimal, where it fails.
var count = args.Length > 0 ? long.Parse(args[0]) : 10_000_000;
var seed = args.Length > 1 ? int.Parse(args[1]) : 1000;
var fuzz = new CodecFuzz(seed);
var started = Stopwatch.GetTimestamp();
try
{
    fuzz.Run(count);
}
catch (FuzzFailureException failure)
{
    Console.Error.WriteLine($"seed {seed}: {failure.Message}");
    return 1;
}
var elapsed = Stopwatch.GetElapsedTime(started);
using var process = Process.GetCurrentProcess();
Console.WriteLine($"codec: {count} messages (seed {seed}) in {elapsed.TotalSeconds:f1} s, {count / elapsed.TotalSeconds:f0}/s: "
    + $"{fuzz.Accepted} read and written back, {fuzz.Refused} refused with an offset, 0 failed; "
    + $"peak memory {process.PeakWorkingSet64 / (1024 * 1024)} MB");
return 0;
