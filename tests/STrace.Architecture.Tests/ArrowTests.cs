namespace STrace.Architecture.Tests;

/// <summary>Who may know whom: docs/architecture.md draws it.</summary>
public sealed class ArrowTests
{
    private const string Model = "STrace.Model";
    private const string OpenFlow = "STrace.OpenFlow";
    private const string AgentProtocol = "STrace.AgentProtocol";
    private const string Control = "STrace.Control";
    private const string Correlation = "STrace.Correlation";
    private const string Storage = "STrace.Storage";
    private const string Export = "STrace.Export";
    private const string Capture = "STrace.Capture";
    private const string Agent = "STrace.Agent";
    private const string Manager = "STrace.Manager";
    private const string Cli = "STrace.Cli";
    private const string DotnetHook = "STrace.DotnetHook";

    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        [Model] = [],
        [OpenFlow] = [],
        [AgentProtocol] = [Model],
        [Correlation] = [Model],
        [Storage] = [Model],
        [Export] = [Model],
        [Capture] = [Model],
        [Control] = [Model, OpenFlow],
        [Agent] = [AgentProtocol, Capture],
        [Manager] = [AgentProtocol, Capture, Control, Correlation, Export, Storage],
        [Cli] = [Agent, Manager],
        [DotnetHook] = [],
    };

    public static TheoryData<string> Projects => [.. Repository.Products.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void References_OfAProduct_AreTheArrows(string project)
    {
        Assert.True(Arrows.TryGetValue(project, out string[]? arrows), $"{project} has no place in the architecture: give it one here and in docs/");
        Assert.Equal(arrows, Repository.Products[project].References);
    }

    [Fact]
    public void Products_AgainstTheArrows_AreComplete() =>
        Assert.Equal(Arrows.Keys.Order(), Repository.Products.Keys.Order());
}
