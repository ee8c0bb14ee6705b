namespace STrace.OpenFlow.Tests;

/// <summary>A file of openflow/vectors/of10: the bytes of a message and what the decoded object must say.</summary>
public sealed record GoldenVector(string Name, byte[] Frame, IReadOnlyList<(string Path, string Value)> Expectations)
{
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
        foreach (var line in File.ReadLines(path))
        {
            if (line.StartsWith('>'))
            {
                var parts = line[1..].Split('=', 2);
                expectations.Add((parts[0].Trim(), parts[1].Trim()));
            }
            else
            {
                hex += line.Split('#')[0].Trim();
            }
        }
        return new GoldenVector(Path.GetFileNameWithoutExtension(path), Convert.FromHexString(hex), expectations);
    }
}
