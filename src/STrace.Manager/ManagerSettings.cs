using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using STrace.Control;

namespace STrace.Manager;

/// <summary>
/// What the operator wrote, on the command line or in the configuration file (JSON, comments allowed), not yet checked; null where
/// nothing was said.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ManagerSettings
{
    /// <summary>IP:PORT, or ssl:IP:PORT for switches that speak TLS.</summary>
    public string? OpenFlow { get; init; }

    /// <summary>tcp:HOST:PORT or ssl:HOST:PORT each.</summary>
    public IReadOnlyList<string>? Upstream { get; init; }

    /// <summary>PEM file.</summary>
    public string? TlsKey { get; init; }

    /// <summary>PEM file.</summary>
    public string? TlsCert { get; init; }

    /// <summary>PEM file; with it switches must show a certificate of this authority.</summary>
    public string? TlsCa { get; init; }

    /// <summary>IP:PORT.</summary>
    public string? ReplayOpenFlow { get; init; }

    /// <summary>IP:PORT or unix:PATH.</summary>
    public string? Agents { get; init; }

    /// <summary>IP:PORT.</summary>
    public string? Http { get; init; }

    public string? Data { get; init; }

    /// <summary>A time such as 250ms; 0: only when paths are asked for.</summary>
    public string? BuildInterval { get; init; }

    /// <summary>A time such as 10s.</summary>
    public string? LateAfter { get; init; }

    public IReadOnlyList<NatEntryOptions>? Nat { get; init; }

    private const string Ssl = "ssl:";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNameCaseInsensitive = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <exception cref="ManagerException">The file cannot be read or is not of the form.</exception>
    public static ManagerSettings FromFile(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<ManagerSettings>(File.ReadAllText(path), Json) ?? new ManagerSettings();
        }
        catch (JsonException e)
        {
            throw new ManagerException(ManagerError.Bad, $"configuration {path} line {e.LineNumber + 1}: {Where(e)}{e.Message.Split(" Path:")[0]}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ManagerException(ManagerError.Bad, $"configuration cannot be read: {e.Message}");
        }
    }

    /// <summary>What is said here, and where nothing is said, what the other says.</summary>
    public ManagerSettings Over(ManagerSettings other) => new()
    {
        OpenFlow = OpenFlow ?? other.OpenFlow,
        Upstream = Upstream ?? other.Upstream,
        TlsKey = TlsKey ?? other.TlsKey,
        TlsCert = TlsCert ?? other.TlsCert,
        TlsCa = TlsCa ?? other.TlsCa,
        ReplayOpenFlow = ReplayOpenFlow ?? other.ReplayOpenFlow,
        Agents = Agents ?? other.Agents,
        Http = Http ?? other.Http,
        Data = Data ?? other.Data,
        BuildInterval = BuildInterval ?? other.BuildInterval,
        LateAfter = LateAfter ?? other.LateAfter,
        Nat = Nat ?? other.Nat,
    };

    /// <exception cref="ManagerException">All errors at once, each with its key.</exception>
    public ManagerOptions Check()
    {
        var defaults = new ManagerOptions();
        var errors = new List<string>();
        NatEntryOptions[] entries = [.. (Nat ?? []).Select(entry => entry ?? new NatEntryOptions(null, null, null))]; // a null in the file says nothing
        if (!NatOptionsValidator.TryParse(entries, out NatOptions? nat, out IReadOnlyList<string> natErrors))
            errors.AddRange(natErrors);
        bool openFlowTls = OpenFlow?.StartsWith(Ssl, StringComparison.Ordinal) == true;
        UpstreamAddress[] upstreams = [.. (Upstream ?? []).Select(text => UpstreamOf(text, errors)).OfType<UpstreamAddress>()];
        if (upstreams.GroupBy(address => address).FirstOrDefault(same => same.Count() > 1) is { } twice)
            errors.Add($"upstream: {twice.Key} is given twice");
        if (upstreams.Length > 0 && entries.Length > 0)
            errors.Add("nat: the NAT application is a part of the built-in controller, whose place an upstream takes: leave one of them out");
        var options = new ManagerOptions
        {
            OpenFlow = Endpoint("openflow", openFlowTls ? OpenFlow![Ssl.Length..] : OpenFlow, defaults.OpenFlow, errors, " or ssl:IP:PORT"),
            OpenFlowTls = openFlowTls,
            Upstreams = upstreams,
            Tls = Identity(openFlowTls, upstreams.Any(address => address.Tls), errors),
            ReplayOpenFlow = Endpoint("replayOpenflow", ReplayOpenFlow, defaults.ReplayOpenFlow, errors),
            Http = Endpoint("http", Http, defaults.Http, errors),
            Agents = AgentsEndpoint(defaults.Agents, errors),
            DataDirectory = Path.GetFullPath(Data is null or "" ? defaults.DataDirectory : Data),
            Nat = nat ?? defaults.Nat,
            BuildInterval = Duration("buildInterval", BuildInterval, defaults.BuildInterval, errors),
            LateAfter = Duration("lateAfter", LateAfter, defaults.LateAfter, errors),
        };
        if (Data is "")
            errors.Add("data: '' is not a directory");
        return errors.Count == 0 ? options : throw new ManagerException(ManagerError.Bad, string.Join(Environment.NewLine, errors));
    }

    /// <summary>The key, as <see cref="Check"/> writes it, where a value is not of its kind.</summary>
    private static string Where(JsonException e) => e.Path?.TrimStart('$', '.') is { Length: > 0 } key ? $"{key}: " : "";

    private static UpstreamAddress? UpstreamOf(string? text, List<string> errors)
    {
        if (UpstreamAddress.TryParse(text ?? "", out UpstreamAddress? address))
            return address;
        errors.Add($"upstream: '{text}' is not of the form tcp:HOST:PORT or ssl:HOST:PORT");
        return null;
    }

    private TlsIdentity? Identity(bool openFlow, bool upstream, List<string> errors)
    {
        if (!openFlow && !upstream)
        {
            if ((TlsKey ?? TlsCert ?? TlsCa) is not null)
                errors.Add("tlsKey, tlsCert, tlsCa: nothing speaks TLS: say ssl: in openflow or upstream");
            return null;
        }
        if (TlsKey is null || TlsCert is null)
            errors.Add("tlsKey, tlsCert: both are needed for ssl: in openflow or upstream (make a set with `s-trace keys init DIR`)");
        else if (upstream && TlsCa is null)
            errors.Add("tlsCa: needed for an upstream with ssl:, whose certificate is checked against it");
        else
        {
            try
            {
                return TlsIdentity.Load(TlsKey, TlsCert, TlsCa);
            }
            catch (ControlException e)
            {
                errors.Add(e.Message);
            }
        }
        return null;
    }

    private EndPoint AgentsEndpoint(EndPoint whenNotSaid, List<string> errors)
    {
        const string unix = "unix:";
        return Agents is { } text && text.StartsWith(unix, StringComparison.Ordinal) && text.Length > unix.Length
            ? new UnixDomainSocketEndPoint(Path.GetFullPath(text[unix.Length..]))
            : Agents is null ? whenNotSaid
            : Endpoint("agents", Agents, new IPEndPoint(IPAddress.Loopback, 0), errors, " or unix:PATH");
    }

    private static TimeSpan Duration(string key, string? text, TimeSpan whenNotSaid, List<string> errors)
    {
        if (text is null)
            return whenNotSaid;
        if (!DurationText.TryRead(text, out TimeSpan time))
            errors.Add($"{key}: '{text}' is not a time such as 250ms, 2s or 5m, of at most a day");
        return time;
    }

    private static IPEndPoint Endpoint(string key, string? text, IPEndPoint whenNotSaid, List<string> errors, string orElse = "")
    {
        if (text is null)
            return whenNotSaid;
        // TryParse takes a bare address too, with port 0, which would be any port.
        if (IPEndPoint.TryParse(text, out IPEndPoint? endpoint) && text.EndsWith($":{endpoint.Port}", StringComparison.Ordinal))
            return endpoint;
        errors.Add($"{key}: '{text}' is not of the form IP:PORT{orElse}");
        return whenNotSaid;
    }
}
