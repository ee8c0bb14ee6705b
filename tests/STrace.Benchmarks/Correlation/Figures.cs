namespace STrace.Benchmarks;

internal static class Figures
{
    /// <summary>The figures of a run that has found what there was to find; one that has not measures nothing.</summary>
    /// <param name="requests">That were answered; as many as are in flight may be in paths that have no answer.</param>
    public static Dictionary<string, double> Checked(int paths, int requests, Dictionary<string, double> figures) =>
        paths >= requests ? figures : throw new InvalidOperationException($"{paths} paths of {requests} requests");
}
