using Microsoft.Extensions.Logging;

namespace STrace.Control;

/// <summary>What all proxied switches share.</summary>
internal sealed record ProxyServices(
    IReadOnlyList<UpstreamAddress> Upstreams,
    ControlOptions Options,
    DatastorePorts Datastores,
    TlsIdentity? Tls,
    TimeProvider Time,
    ILogger Logger);
