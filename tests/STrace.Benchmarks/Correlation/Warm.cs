namespace STrace.Benchmarks;

/// <summary>Runs what is to be measured until the compiler has optimised it.</summary>
internal static class Warm
{
    private const int Times = 3;
    private const int CompilerMs = 200; // it begins 100 ms after the last new method was called

    public static void Up<T>(Func<T> run)
    {
        for (int time = 0; time < Times; time++)
        {
            run();
            Thread.Sleep(CompilerMs);
        }
        GC.Collect();
    }
}
