namespace STrace.OpenFlow.Tests;

/// <summary>A file of openflow/vectors/of10: the bytes of a message, what the decoded object must say, and how Open vSwitch prints it.</summary>
public sealed record GoldenVector(
    string Name, byte[] Frame, IReadOnlyList<(string Path, string Value)> Expectations, IReadOnlyList<string> OpenVSwitchReading)
{
    private const string ReadingPrefix = "#   ";
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "vectors", "of10");

    public static readonly IReadOnlyList<GoldenVector> All =
        [.. Directory.GetFiles(Folder, "*.vec").Order(StringComparer.Ordinal).Select(Read)];

    public static TheoryData<GoldenVector> Theory => [.. All];

    public OpenFlowMessage Decode() => OpenFlowCodec.Decode(Frame);

    public override string ToString() => Name;

    private static GoldenVector Read(string path)
    {
        var hex = "";
        var expectations = new List<(string, string)>();
        var reading = new List<string>();
        foreach (var line in File.ReadLines(path))
        {
            if (line.StartsWith('>'))
            {
                var parts = line[1..].Split('=', 2);
                expectations.Add((parts[0].Trim(), parts[1].Trim()));
            }
            else if (line.StartsWith(ReadingPrefix, StringComparison.Ordinal))
            {
                reading.Add(line[ReadingPrefix.Length..]);
            }
            else
            {
                hex += line.Split('#')[0].Trim();
            }
        }
        return new GoldenVector(Path.GetFileNameWithoutExtension(path), Convert.FromHexString(hex), expectations, reading);
    }
}
