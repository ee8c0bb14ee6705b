using System.Xml.Linq;

namespace STrace.Architecture.Tests;

public sealed class LayoutTests
{
    private const int LongestFileLines = 400;

    private static readonly Project[] All = [.. Repository.Projects("src", "openflow", "tests")];

    [Fact]
    public void Projects_EachFolder_HasTheProjectsName() =>
        Assert.All(All, p => Assert.Equal(p.Name, p.Folder));

    [Fact]
    public void Projects_Names_AreNotThoseOfADrawerForEverything() =>
        Assert.All(All, p => Assert.Empty(p.Name.Split('.').Intersect(["Common", "Utils", "Util", "Helpers", "Shared"])));

    [Fact]
    public void Solution_WhereThereIsOne_HoldsEveryProject()
    {
        string solution = Path.Combine(Repository.Root, "STrace.sln");
        string? text = File.Exists(solution) ? File.ReadAllText(solution) : null;

        Assert.All(All, p => Assert.True(text?.Contains($"{p.Name}.csproj", StringComparison.Ordinal) ?? true, $"{p.Name} is not in STrace.sln"));
    }

    [Fact]
    public void Packages_OfEveryProject_HaveTheirVersionInTheCentralFile()
    {
        HashSet<string> central = [.. XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion").Select(p => p.Attribute("Include")!.Value)];

        foreach (Project project in All)
        {
            Assert.All(project.Packages, p =>
            {
                Assert.Contains(p.Attribute("Include")!.Value, central);
                Assert.Null(p.Attribute("Version") ?? p.Attribute("VersionOverride"));
                Assert.Empty(p.Elements());
            });
        }
    }

    [Fact]
    public void SourceFiles_OfTheProducts_AreShortEnoughToBeRead() =>
        Assert.All(ProductFiles(), file => Assert.InRange(File.ReadLines(file).Count(), 0, LongestFileLines));

    [Fact]
    public void SourceFiles_OfTheProducts_DeclareTheirProjectsNamespace() =>
        Assert.All(ProductFiles(), file =>
        {
            string project = Path.GetRelativePath(Repository.Root, file).Split('/')[1];
            string? declared = File.ReadLines(file).FirstOrDefault(l => l.StartsWith("namespace ", StringComparison.Ordinal));
            Assert.True(declared is null || declared == $"namespace {project};", $"{file} declares {declared}"); // without one: Program.cs, assembly attributes
        });

    private static IEnumerable<string> ProductFiles() => Repository.Sources("src", "*.cs").Concat(Repository.Sources("openflow", "*.cs"));
}
