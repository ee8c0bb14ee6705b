namespace STrace.FunctionalTests;

/// <summary>All functional tests run one after the other: they share ports, switches and the machine's time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FunctionalGroup
{
    public const string Name = "functional";
}
