using STrace.Model;

namespace STrace.Correlation;

/// <summary>One change of a connection's addresses on its way.</summary>
internal sealed record RewriteHop(RewriteRule Rule, FlowTuple From, FlowTuple To)
{
    public override string ToString() => Rule.Source == RewriteSource.Packets
        ? $"packets: {Rule.Match} {Rule.Actions}"
        : $"dpid {Rule.Dpid:x16} cookie 0x{Rule.Cookie:x}: {From} to {To}";
}
