using System.Xml.Linq;

namespace STrace.Architecture.Tests;

/// <summary>The source tree that these tests were built from.</summary>
internal static class Repository
{
    public static readonly string Root = SourceRoot();

    /// <summary>Every product's project, by its file's name.</summary>
    public static readonly IReadOnlyDictionary<string, Project> Products = Projects("src", "openflow").ToDictionary(p => p.Name);

    public static IEnumerable<Project> Projects(params string[] folders) =>
        folders.SelectMany(f => Sources(f, "*.csproj")).Select(file => new Project(file));

    /// <summary>Files below a folder of the repository, without what a build leaves there.</summary>
    public static IEnumerable<string> Sources(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Root, file).Split('/').Any(part => part is "obj" or "bin"))
            .Order(StringComparer.Ordinal);

    /// <summary>Told by the compiler: what is built need not stand within the repository.</summary>
    private static string SourceRoot([System.Runtime.CompilerServices.CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));
}

internal sealed record Project(string File)
{
    private readonly XDocument _xml = XDocument.Load(File);

    public string Name => Path.GetFileNameWithoutExtension(File);

    public string Folder => Path.GetFileName(Path.GetDirectoryName(File))!;

    /// <summary>Names of the projects that it references, in order.</summary>
    public IEnumerable<string> References => _xml.Descendants("ProjectReference")
        .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)).Order(StringComparer.Ordinal);

    public IEnumerable<XElement> Packages => _xml.Descendants("PackageReference");
}
