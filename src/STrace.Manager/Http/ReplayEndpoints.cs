using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace STrace.Manager;

internal static class ReplayEndpoints
{
    public static void MapReplays(this IEndpointRouteBuilder api)
    {
        // Cancelled when the one who asked goes away.
        api.MapPost("/sessions/{name}/replay", (string name, ReplayRequest request, ReplayService replays, CancellationToken ct) =>
            replays.RunAsync(name, request, ct));
        api.MapGet("/replay/progress", (ReplayService replays) => new ReplayProgressInfo(replays.Progress.StepsDone, replays.Progress.Steps));
    }
}
