using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using STrace.Storage;

namespace STrace.Manager;

internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder api)
    {
        api.MapGet("/sessions", (ISessionStore store) => store.List().Select(Summary));
        api.MapGet("/sessions/{name}", (string name, ISessionStore store) => Summary(store.Open(name).Info));
        api.MapDelete("/sessions/{name}", (string name, ISessionStore store, PathService paths) =>
        {
            store.Delete(name);
            paths.Forget(name);
        });
        api.MapPost("/sessions", async (StartSession start, SessionService sessions, CancellationToken ct) =>
            new SessionChanged(start.Name, await sessions.StartAsync(start.Name, ct)));
        api.MapPost("/sessions/stop", async (SessionService sessions, CaptureFiles captures, CancellationToken ct) =>
        {
            var (name, late) = await sessions.StopAsync(ct);
            captures.Write(name);
            return new SessionChanged(name, late);
        });
    }

    private static SessionSummary Summary(SessionInfo info) => new(
        info.Name,
        info.State.ToString().ToLowerInvariant(),
        info.StartNs.ToString(),
        info.StopNs?.ToString(),
        info.Totals.Where(t => t.Kind == BlockKind.Control).Sum(t => t.Items),
        info.Totals.Where(t => t.Kind == BlockKind.Events).Sum(t => t.Items),
        info.Totals.Sum(t => t.Bytes));
}
