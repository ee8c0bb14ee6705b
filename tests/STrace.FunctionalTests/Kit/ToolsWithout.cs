namespace STrace.FunctionalTests;

/// <summary>A PATH with everything that the machine's has, but one program.</summary>
internal sealed class ToolsWithout : IDisposable
{
    private static readonly string[] Folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("st-tools-");

    public ToolsWithout(string program)
    {
        foreach (string tool in Folders.Where(Directory.Exists).SelectMany(Directory.EnumerateFileSystemEntries))
        {
            string link = Path.Combine(_folder.FullName, Path.GetFileName(tool));
            if (Path.GetFileName(tool) != program && !Path.Exists(link) && File.Exists(tool))
                File.CreateSymbolicLink(link, tool);
        }
    }

    public IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?> { ["PATH"] = _folder.FullName };

    public void Dispose() => _folder.Delete(recursive: true);
}
