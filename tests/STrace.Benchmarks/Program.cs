using STrace.Benchmarks;

if (args is ["correlator", var number] && int.TryParse(number, out int events))
{
    for (int round = 0; round < 3; round++)
        CorrelatorBenchmark.Run(events, Console.Out);
    return 0;
}

// drainer ROUNDS: prints what tests/bench/agent.py makes its rows of.
if (args is not ["drainer", var rounds] || !int.TryParse(rounds, out int count) || count < 1)
{
    Console.Error.WriteLine("usage: STrace.Benchmarks drainer ROUNDS");
    return 2;
}
using (var drainer = new DrainerBenchmark())
    drainer.Run(count, Console.Out);
return 0;
