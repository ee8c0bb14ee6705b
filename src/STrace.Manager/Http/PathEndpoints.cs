using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using STrace.Export;
using STrace.Model;

namespace STrace.Manager;

/// <summary>
/// Paths of a session. All but live take <c>rewrites</c> (none, or a comma-separated list of live, replay, packets; default all) and
/// <c>slow</c> (seconds). While the session records they are those that were built so far, where nothing else is asked for.
/// </summary>
internal static class PathEndpoints
{
    private const double SlowSeconds = 60;
    private static readonly TimeSpan LayoutDeadline = TimeSpan.FromMinutes(5);

    public static void MapPaths(this IEndpointRouteBuilder api)
    {
        api.MapGet("/sessions/{name}/paths", async (
            string name, string? rewrites, double? slow, bool? rebuild, PathService paths, CancellationToken ct) =>
            PathAnswer.List(rebuild == true
                ? paths.Rebuild(name, Rewrites(rewrites), Slow(slow))
                : await FindAsync(paths, name, rewrites, slow, ct)));
        api.MapGet("/sessions/{name}/paths/live", Watch);
        api.MapGet("/sessions/{name}/unpaired", async (string name, string? rewrites, double? slow, PathService paths, CancellationToken ct) =>
            (await FindAsync(paths, name, rewrites, slow, ct)).Unpaired.Select(u => new UnpairedInfo(
                u.Host, u.Tid, u.Operation.Name(), u.TimeNs.ToString(), u.Flow.Source.ToString(), u.Flow.Destination.ToString(), u.Path)));
        api.MapGet("/sessions/{name}/rewrites", async (string name, string? rewrites, double? slow, PathService paths, CancellationToken ct) =>
            (await FindAsync(paths, name, rewrites, slow, ct)).Paths.SelectMany(
                path => path.Rewrites.Select(rewrite => ReplayAnswer.Of(rewrite, path.Id))));
        api.MapGet("/sessions/{name}/explain", async (
            string name, string? host, int? pid, string? address, long? at, string? rewrites, double? slow, PathExplainer explainer,
            PathService paths, CancellationToken ct) =>
            explainer.Explain(name, new ExplainQuestion(host, pid, address, at), await FindAsync(paths, name, rewrites, slow, ct)));
        api.MapGet("/sessions/{name}/export", ExportAsync);
    }

    private static async Task ExportAsync(
        string name, string format, string? rewrites, double? slow, string? detail, string[]? path,
        PathService paths, HttpContext context, CancellationToken ct)
    {
        PathSet set = await FindAsync(paths, name, rewrites, slow, ct, path);
        IReadOnlyList<CausalPath> chosen = Choose(set, path ?? []);
        switch (format)
        {
            case "json":
                context.Response.ContentType = "application/json";
                using (var buffer = new MemoryStream())
                {
                    PathJsonWriter.Write(buffer, set, chosen);
                    buffer.Position = 0;
                    await buffer.CopyToAsync(context.Response.Body, ct);
                }
                break;
            case "dot":
                using (var text = new StringWriter())
                {
                    DotWriter.Write(text, set, chosen, Drawing(detail, slow));
                    context.Response.ContentType = "text/vnd.graphviz";
                    await context.Response.WriteAsync(text.ToString(), Encoding.UTF8, ct);
                }
                break;
            case "svg":
                context.Response.ContentType = "image/svg+xml";
                await SvgWriter.WriteAsync(context.Response.Body, set, chosen, Drawing(detail, slow), LayoutDeadline, ct);
                break;
            default:
                throw new ManagerException(ManagerError.Usage, $"format '{format}' is not known: json, dot or svg");
        }
    }

    private static DotOptions Drawing(string? detail, double? slow) =>
        Enum.TryParse(detail ?? nameof(DotDetail.Fine), ignoreCase: true, out DotDetail grain) && Enum.IsDefined(grain)
            ? new DotOptions(grain, (long)Slow(slow).TotalNanoseconds)
            : throw new ManagerException(ManagerError.Usage, $"detail '{detail}' is not known: coarse or fine");

    /// <summary>Server-sent events: what becomes known of the session's paths from now on, until it is closed.</summary>
    private static ServerSentEventsResult<string> Watch(string name, LivePaths live, IHostApplicationLifetime life, HttpContext context)
    {
        LiveSession session = live.Find(name)
            ?? throw new ManagerException(ManagerError.No, $"session '{name}' does not record: its paths are listed by `s-trace paths list`");
        if (session.Stopped is { } reason)
            throw new ManagerException(ManagerError.No, $"the paths of session '{name}' are not followed any more: {reason}");
        return TypedResults.ServerSentEvents(session.Feed.Watch(context.Abort).ReadAsync(life.ApplicationStopping));
    }

    private static Task<PathSet> FindAsync(
        PathService paths, string name, string? rewrites, double? slow, CancellationToken ct, string[]? ids = null) =>
        paths.FindAsync(name, Rewrites(rewrites), Slow(slow), ids ?? [], ct);

    private static TimeSpan Slow(double? seconds) => seconds is null or > 0 and < 1e9
        ? TimeSpan.FromSeconds(seconds ?? SlowSeconds)
        : throw new ManagerException(ManagerError.Usage, $"slow: {seconds} is not a time in seconds above 0");

    private static RewriteSource[] Rewrites(string? text) => text switch
    {
        null or "" => Enum.GetValues<RewriteSource>(),
        "none" => [],
        _ => [.. text.Split(',').Select(word => Enum.TryParse(word, ignoreCase: true, out RewriteSource source) && !char.IsDigit(word[0])
            ? source
            : throw new ManagerException(ManagerError.Usage, $"rewrites: '{word}' is not known: none, or a list of live, replay, packets"))],
    };

    private static IReadOnlyList<CausalPath> Choose(PathSet set, string[] ids)
    {
        if (ids.Length == 0)
            return set.Paths;
        var byId = set.Paths.ToDictionary(p => p.Id);
        return [.. ids.Select(id => byId.TryGetValue(id, out CausalPath? path)
            ? path
            : throw new ManagerException(ManagerError.No, $"session '{set.Session}' has no path {id} with these rewrites"))];
    }
}
