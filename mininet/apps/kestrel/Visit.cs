using System.Text.Json.Serialization;

namespace STrace.Apps.Kestrel;

/// <summary>One request, as the application itself knows it; mininet/scenarios/servers has the format.</summary>
/// <param name="Id">The header X-Eval-Id.</param>
internal sealed record Visit(string Id, int Pid, End In, IReadOnlyList<End> Out);

/// <summary>One end of an exchange of a request and its response.</summary>
/// <param name="Local">This end, as ip:port.</param>
/// <param name="Peer">The other end, as ip:port.</param>
/// <param name="EnterNs">When the exchange began here, in ns since the epoch.</param>
/// <param name="ExitNs">When it ended here.</param>
/// <param name="Server">What the tier that answered says of itself.</param>
internal sealed record End(
    string Local, string Peer, long EnterNs, long ExitNs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Backend? Server = null);

/// <summary>A process of PostgreSQL, and the connection as it sees it.</summary>
internal sealed record Backend(int Pid, int Tid, string Local, string Peer);
