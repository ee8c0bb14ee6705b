using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using STrace.Manager;

namespace STrace.Cli;

/// <summary>Speaks to a running manager; its refusals become exceptions with the exit status that they ask for.</summary>
internal sealed class ManagerClient(string server) : IDisposable
{
    public static readonly Option<string> ServerOption = new("--server")
    {
        Description = "the manager's HTTP address [env STRACE_SERVER]",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("STRACE_SERVER") is { Length: > 0 } said ? said : "http://127.0.0.1:8653",
        Recursive = true,
    };

    private readonly HttpClient _http = new() { BaseAddress = Address(server), Timeout = TimeSpan.FromMinutes(10) };

    public static ManagerClient Of(ParseResult parsed) => new(parsed.GetValue(ServerOption)!);

    public async Task<T> GetAsync<T>(string path, CancellationToken ct)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Get, path, null, ct);
        return (await response.Content.ReadFromJsonAsync<T>(ct))!;
    }

    public async Task<T> PostAsync<T>(string path, object? body, CancellationToken ct)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Post, path, body, ct);
        return (await response.Content.ReadFromJsonAsync<T>(ct))!;
    }

    public async Task DeleteAsync(string path, CancellationToken ct) => (await SendAsync(HttpMethod.Delete, path, null, ct)).Dispose();

    public async Task DownloadAsync(string path, Stream output, CancellationToken ct)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Get, path, null, ct);
        await response.Content.CopyToAsync(output, ct);
    }

    /// <summary>The answer as it comes.</summary>
    public async Task<Stream> OpenAsync(string path, CancellationToken ct) =>
        await (await SendAsync(HttpMethod.Get, path, null, ct)).Content.ReadAsStreamAsync(ct);

    public void Dispose() => _http.Dispose();

    private static Uri Address(string server) => Uri.TryCreate(server, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"
        ? new Uri(server)
        : throw new CliException(ExitStatus.Usage, $"'{server}' is not a manager's address: write http://IP:PORT");

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, $"api/v1/{path}");
        if (body is not null)
            request.Content = JsonContent.Create(body, body.GetType());
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        }
        catch (HttpRequestException e)
        {
            throw new CliException(ExitStatus.Unreachable, $"no manager answers at {server} ({e.Message}): start one with `s-trace manager`, or name another with --server");
        }
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await RefusalAsync(response, ct);
    }

    private static async Task<CliException> RefusalAsync(HttpResponseMessage response, CancellationToken ct)
    {
        try
        {
            if (await response.Content.ReadFromJsonAsync<ErrorBody>(ct) is { Error: not null } error)
            {
                return new CliException(
                    error.Kind switch
                    {
                        "usage" => ExitStatus.Usage,
                        "bad" => ExitStatus.Bad,
                        "permission" => ExitStatus.Permission,
                        _ => ExitStatus.No,
                    },
                    error.Error);
            }
        }
        catch (JsonException)
        {
            // Not a manager, or one that failed; the status is all there is to say.
        }
        return new CliException(ExitStatus.Bug, $"the manager answered {(int)response.StatusCode} {response.ReasonPhrase}");
    }
}
