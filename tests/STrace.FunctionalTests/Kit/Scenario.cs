namespace STrace.FunctionalTests;

/// <summary>Runs the scripts of mininet/scenarios, which wait for each other on a machine.</summary>
internal static class Scenario
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    public static Task<Finished> RunAsync(string script, params string[] arguments) => RunningProgram.RunAsync(
        "/usr/bin/python3", [Path.Combine(Product.Root, "mininet/scenarios", script), .. arguments], patience: Patience);
}
