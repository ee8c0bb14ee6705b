using System.IO.Compression;
using System.Runtime.InteropServices;
using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.AgentProtocol.Tests;

/// <summary>
/// The blocks of a real session, as an agent sent them: a threaded HTTP server in Python and its clients, which were there when the session
/// began, with a file, a pipe between two threads and some child processes. <c>Recordings/shop.br</c>: Brotli over (length i32, payload)*.
/// </summary>
public sealed class RecordingTests
{
    private static readonly byte[][] Blocks = [.. Load()];

    [Fact]
    public void Read_BlockByBlock_GivesWhatAllAtOnceGives()
    {
        (List<HostEvent> whole, HostRecords read) = ReadAll();
        (List<HostEvent> slices, List<HostRecords> parts) = ReadBlockByBlock();

        Assert.NotEmpty(whole);
        Assert.Equal(whole.Select(Describe), slices.Select(Describe));
        Assert.Equal(read.Threads, parts.SelectMany(p => p.Threads));
        Assert.Equal(read.Losses, parts.SelectMany(p => p.Losses));
        Assert.True(parts.Count(p => p.Events.Count > 0) > 10, "the recording is read in slices");
    }

    [Fact]
    public void Read_BlockByBlock_ChannelsAreTheSameInstancesWhereAllAtOnceTheyAre()
    {
        Channel?[] whole = [.. ReadAll().Events.Select(e => e.Channel)];
        Channel?[] slices = [.. ReadBlockByBlock().Events.Select(e => e.Channel)];
        var pairs = whole.Zip(slices).Where(p => p.First is not null).ToHashSet();

        Assert.Equal(pairs.Count, pairs.Select(p => p.First).Distinct(ReferenceEqualityComparer.Instance).Count());
        Assert.Equal(pairs.Count, pairs.Select(p => p.Second).Distinct(ReferenceEqualityComparer.Instance).Count());
    }

    private static (List<HostEvent> Events, HostRecords Read) ReadAll()
    {
        var reader = new HostEventReader("h4", Guid.Empty);
        foreach (byte[] block in Blocks)
            reader.Add(block);
        HostRecords read = reader.Read();
        return (InOrder(read.Events), read);
    }

    /// <summary>As a manager does that is told after each block until when all was sent.</summary>
    private static (List<HostEvent> Events, List<HostRecords> Parts) ReadBlockByBlock()
    {
        var reader = new HostEventReader("h4", Guid.Empty);
        var parts = new List<HostRecords>();
        for (int i = 0; i < Blocks.Length; i++)
        {
            reader.Add(Blocks[i]);
            long untilNs = Blocks[(i + 1)..].Select(EarliestNs).DefaultIfEmpty(long.MaxValue).Min() - 1;
            HostRecords read = reader.Read(untilNs);
            Assert.All(read.Events, e => Assert.True(e.EffectNs <= untilNs));
            parts.Add(read);
        }
        return (InOrder(parts.SelectMany(p => p.Events)), parts);
    }

    private static List<HostEvent> InOrder(IEnumerable<HostEvent> events) => [.. events.OrderBy(e => e.Ring)]; // stable: a ring's own order is kept

    private static string Describe(HostEvent e) =>
        $"{e.Ring}#{e.Sequence} {e.Operation} {e.EnterNs}-{e.ExitNs} {e.Pid} {e.Program} {e.Result} {e.Errno} {e.Arg0} {e.Arg1} {e.Arg2} {e.Bytes} " +
        $"{e.Flags} {e.Channel} {e.Channel?.Facts} {e.Source} {e.Path} {e.Peer} {e.Context} {string.Join('|', e.Marks.Select(m => m with { HeaderHashes = [] }))}";

    private static long EarliestNs(byte[] block)
    {
        long earliestNs = long.MaxValue;
        ReadOnlySpan<byte> rest = block;
        while (RecordRun.TryRead(ref rest, out _, out ReadOnlySpan<byte> records))
        {
            while (!records.IsEmpty)
            {
                ref readonly CallRecord record = ref MemoryMarshal.AsRef<CallRecord>(records);
                bool atExit = WireRecord.IsCall(record.Op) && ((Operation)record.Op).TakesEffectAtExit();
                if (record.Op != WireRecord.MarkOp) // it has no time
                    earliestNs = Math.Min(earliestNs, (long)(record.Enter + (atExit ? record.DurationErrno & WireRecord.DurationMask : 0)));
                records = records[WireRecord.GroupBytes(record.Flags)..];
            }
        }
        return earliestNs;
    }

    private static IEnumerable<byte[]> Load()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "Recordings", "shop.br");
        using var reader = new BinaryReader(new BrotliStream(File.OpenRead(file), CompressionMode.Decompress));
        for (byte[] length = reader.ReadBytes(sizeof(int)); length.Length > 0; length = reader.ReadBytes(sizeof(int)))
            yield return reader.ReadBytes(BitConverter.ToInt32(length));
    }
}
