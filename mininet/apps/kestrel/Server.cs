using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;

namespace STrace.Apps.Kestrel;

/// <summary>A page from the database; the application's own account of its requests is kept in memory until the server stops.</summary>
internal sealed class Server(Database database)
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly ConcurrentQueue<Visit> _visits = new();

    public async Task RunAsync(IPEndPoint listen)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(listen));
        await using WebApplication application = builder.Build();
        application.MapGet("/work", AnswerAsync);
        await application.RunAsync();
    }

    public void WriteVisits(string folder) => File.WriteAllLines(
        Path.Combine(folder, $"{Environment.ProcessId}.jsonl"), _visits.Select(visit => JsonSerializer.Serialize(visit, s_json)));

    private async Task<string> AnswerAsync(HttpContext http, int n = 0)
    {
        long enterNs = Clock.NowNs();
        (string name, End exchange) = await database.ReadAsync(n % 1000, http.RequestAborted);
        ConnectionInfo client = http.Connection;
        _visits.Enqueue(new Visit(http.Request.Headers["X-Eval-Id"].ToString(), Environment.ProcessId,
            new End($"{client.LocalIpAddress}:{client.LocalPort}", $"{client.RemoteIpAddress}:{client.RemotePort}", enterNs, Clock.NowNs()),
            [exchange]));
        return name;
    }
}
