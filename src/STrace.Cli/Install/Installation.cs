namespace STrace.Cli;

/// <summary>
/// Puts files on the machine and takes away exactly those again. A manifest beside them says which: a line each, what it was and where,
/// the folders that were made last.
/// </summary>
/// <param name="root">What the paths are under; <c>/</c> but for a system that is being prepared in a folder.</param>
/// <param name="prefix">Where the manifest is.</param>
internal sealed class Installation(string root, string prefix)
{
    private const string Folder = "folder";
    private const string Unfinished = ".s-trace-new";

    /// <summary>The files and links that are installed.</summary>
    public IEnumerable<string> Paths => Read().Where(i => i.Identity != Folder).Select(i => i.Path);

    private string Manifest => At(Path.Combine(prefix, "manifest"));

    /// <summary>Puts the items there, in the place of those of an installation before this one.</summary>
    /// <exception cref="CliException">Somebody else's file is in the way; nothing has been changed then.</exception>
    public void Put(IReadOnlyList<InstallItem> items)
    {
        var before = Read();
        HashSet<string> known = [.. before.Select(b => b.Path)];
        if (items.FirstOrDefault(i => InstallItem.IdentityAt(At(i.Path)) is { } there && there != i.Identity && !known.Contains(i.Path)) is { } foreign)
            throw new CliException(ExitStatus.No, $"{At(foreign.Path)} is there and was not installed by s-trace: move it away first");

        foreach (string path in known.Except(items.Select(i => i.Path)).Where(p => InstallItem.IdentityAt(At(p)) is not null))
            File.Delete(At(path));
        string[] folders =
        [
            .. before.Where(b => b.Identity == Folder).Select(b => b.Path),
            .. items.SelectMany(i => Parents(i.Path)).Distinct().Where(f => !Directory.Exists(At(f))),
        ];
        Directory.CreateDirectory(At(prefix));
        File.WriteAllLines(Manifest, [.. items.Select(i => $"{i.Identity} {i.Path}"), .. folders.Distinct().Select(f => $"{Folder} {f}")]);
        foreach (InstallItem item in items)
            Replace(item);
    }

    /// <summary>Takes away what is as it was installed, and the folders that were made for it if they are empty.</summary>
    /// <returns>How many files and links there were, and which have been changed since and stay; null when nothing is installed.</returns>
    public (int Removed, IReadOnlyList<string> Kept)? Remove()
    {
        if (!File.Exists(Manifest))
            return null;
        var items = Read();
        var removed = new List<string>();
        var kept = new List<string>();
        foreach (var (identity, path) in items.Where(i => i.Identity != Folder))
        {
            string? there = InstallItem.IdentityAt(At(path));
            if (there is not null)
                (there == identity ? removed : kept).Add(At(path));
        }
        removed.ForEach(File.Delete);
        File.Delete(Manifest);
        foreach (string folder in items.Where(i => i.Identity == Folder).Select(i => At(i.Path)).OrderByDescending(f => f.Length))
        {
            if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
                Directory.Delete(folder);
        }
        return (removed.Count, kept);
    }

    private string At(string path) => Path.Combine(root, path.TrimStart('/'));

    private List<(string Identity, string Path)> Read() => File.Exists(Manifest)
        ? [.. File.ReadLines(Manifest).Select(line => line.Split(' ', 2)).Select(parts => (parts[0], parts[1]))]
        : [];

    /// <summary>The folders above, without the root.</summary>
    private static IEnumerable<string> Parents(string path)
    {
        for (string? folder = Path.GetDirectoryName(path); folder is { Length: > 1 }; folder = Path.GetDirectoryName(folder))
            yield return folder;
    }

    /// <summary>By renaming: a running program, and those that have a library in their memory, keep the old file.</summary>
    private void Replace(InstallItem item)
    {
        string path = At(item.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Delete(path + Unfinished);
        item.Write(path + Unfinished);
        File.Move(path + Unfinished, path, overwrite: true);
    }
}
