using STrace.Model;

namespace STrace.Correlation;

/// <summary>What a switch's table says of a packet at a time.</summary>
/// <param name="Rule">Null where none takes it.</param>
/// <param name="Tied">Another rule of the same priority takes it too, and does something else: the choice is the switch's.</param>
/// <param name="FromNs">The answer is the same from this time on.</param>
/// <param name="UntilNs">And changes at this one.</param>
public readonly record struct RuleLookup(FlowRule? Rule, bool Tied, long FromNs, long UntilNs);
