using System.Diagnostics;
using System.Globalization;
using STrace.AgentProtocol;
using STrace.Original;
using STrace.Storage;

const string Usage = """
    usage: STrace.Original [--lists] DATA SESSION OUT.json
           STrace.Original [--lists] DATA/sessions/SESSION OUT.json

    Builds the paths of a recorded session by the dissertation's algorithm. --lists goes through lists as its text says; without
    it the same paths are found by tables, in less time.
    """;

bool scansLists = args is ["--lists", ..];
if ((scansLists ? args[1..] : args) is not [string directory, .. string[] names, string output] || names.Length > 1)
{
    Console.Error.WriteLine(Usage);
    return 2;
}
if (names is not [string name])
{
    string session = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
    name = Path.GetFileName(session);
    directory = Path.Combine(session, "..", "..");
}
try
{
    RecordedSession recorded = RecordedSession.Read(directory, name);
    var watch = Stopwatch.StartNew();
    IReadOnlyList<OriginalPath> paths = new OriginalCorrelator(scansLists).Build(recorded.Events, recorded.Rules);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{recorded.Events.Count} events, {paths.Sum(path => path.Nodes.Count)} of them in {paths.Count} paths, " +
        $"{watch.ElapsedMilliseconds} ms"));
    using FileStream file = File.Create(output);
    new OriginalPathWriter(recorded.Addresses).Write(file, name, paths);
    return 0;
}
catch (Exception e) when (
    e is SessionStoreException or AgentProtocolException or InvalidDataException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
