using System.Net;
using STrace.Control;

namespace STrace.Manager;

/// <summary>What a manager is told when it starts, checked.</summary>
public sealed record ManagerOptions
{
    /// <summary>Where switches connect.</summary>
    public IPEndPoint OpenFlow { get; init; } = new(IPAddress.Loopback, 6653);

    /// <summary>Whether switches must speak TLS; then <see cref="Tls"/> is there.</summary>
    public bool OpenFlowTls { get; init; }

    /// <summary>The controllers that switches are connected to, in the place of the built-in one; empty: none.</summary>
    public IReadOnlyList<UpstreamAddress> Upstreams { get; init; } = [];

    /// <summary>Key and certificate of the manager; null where nothing speaks TLS.</summary>
    public TlsIdentity? Tls { get; init; }

    /// <summary>Where the switches of a replay network connect.</summary>
    public IPEndPoint ReplayOpenFlow { get; init; } = new(IPAddress.Loopback, 6753);

    /// <summary>Where agents connect: an <see cref="IPEndPoint"/> or a Unix socket.</summary>
    public EndPoint Agents { get; init; } = new IPEndPoint(IPAddress.Loopback, 7653);

    /// <summary>Where the command line and the web page find the manager.</summary>
    public IPEndPoint Http { get; init; } = new(IPAddress.Loopback, 8653);

    /// <summary>Where sessions are kept.</summary>
    public string DataDirectory { get; init; } = DefaultDataDirectory;

    /// <summary>Virtual addresses of the NAT application.</summary>
    public NatOptions Nat { get; init; } = new();

    /// <summary>How often the paths of a session that records are built; 0: when they are asked for.</summary>
    public TimeSpan BuildInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>For how long the paths of a session that records wait for a host whose agent is away.</summary>
    public TimeSpan LateAfter { get; init; } = TimeSpan.FromSeconds(10);

    internal LiveLimits Live { get; init; } = new();

    /// <summary>$XDG_STATE_HOME/s-trace, else /var/lib/s-trace for root and ~/.local/state/s-trace for others.</summary>
    public static string DefaultDataDirectory =>
        Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state ? Path.Combine(state, "s-trace")
        : Environment.UserName == "root" ? "/var/lib/s-trace"
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/state/s-trace");
}
