using Microsoft.Extensions.Logging.Abstractions;
using STrace.TestKit;

namespace STrace.Agent.Tests;

/// <summary>The spool with its files: blocks of 10 bytes, which are 30 on the disk.</summary>
public sealed class SpoolFilesTests : IDisposable
{
    private const int FrameBytes = 10;
    private const int EntryBytes = 20 + FrameBytes;

    private readonly TemporaryFolder _folder = new();
    private readonly AgentCounters _counters = new();
    private readonly List<SpoolFiles> _open = [];

    public void Dispose()
    {
        foreach (SpoolFiles files in _open)
            files.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Add_ManagerAnswers_TouchesNoDisk()
    {
        Spool spool = NewSpool();
        spool.ManagerAnswers(true);

        Add(spool, 3);

        Assert.False(Directory.Exists(_folder["spool"]));
    }

    [Fact]
    public async Task Add_ManagerIsAway_KeepsItOnTheDiskAndGivesItBackInOrder()
    {
        Spool spool = NewSpool();

        Add(spool, 100);

        Assert.Equal((100L, 100L * EntryBytes), (spool.Blocks, spool.Bytes));
        Assert.Equal(100L * EntryBytes, OnDisk());
        await ExpectAsync(spool, 1, 100);
    }

    [Fact]
    public async Task Add_ManagerIsSlow_MovesTheOldestToTheDisk()
    {
        Spool spool = NewSpool(memoryBytes: 3 * FrameBytes);
        spool.ManagerAnswers(true);

        Add(spool, 4);

        Assert.Equal(3 * EntryBytes, OnDisk());
        await ExpectAsync(spool, 1, 4);
    }

    [Fact]
    public async Task NextAsync_FromALowerSequence_GivesThemAgain()
    {
        Spool spool = NewSpool();
        Add(spool, 10);
        await ExpectAsync(spool, 1, 10);

        await ExpectAsync(spool, 4, 10);
    }

    [Fact]
    public void Acknowledge_All_TakesTheFilesAway()
    {
        Spool spool = NewSpool();
        Add(spool, 10);

        spool.Acknowledge(9);
        Assert.Equal((1L, 10 * EntryBytes), (spool.Blocks, OnDisk()));
        spool.Acknowledge(10);

        Assert.Equal((true, 0), (spool.IsEmpty, OnDisk()));
    }

    [Fact]
    public async Task Add_BeyondTheBound_DropsTheNewestAndCountsTheirRecords()
    {
        Spool spool = NewSpool(memoryBytes: FrameBytes, diskBytes: 3 * EntryBytes);

        Add(spool, 4);
        Assert.False(Add(spool, records: 5L));
        Assert.False(Add(spool, records: 2L));

        Assert.Equal((7L, 0L), (_counters.DroppedSpoolFull, _counters.DroppedDiskFailed));
        await ExpectAsync(spool, 1, 4);
    }

    [Fact]
    public void Add_BeyondTheBoundButToBeKeptAlways_IsKept()
    {
        Spool spool = NewSpool(memoryBytes: 0, diskBytes: 0);

        Assert.True(spool.Add(Frame, always: true));
        Assert.False(Add(spool, records: 1L));

        Assert.Equal(1, spool.Sequence);
    }

    [Fact]
    public async Task Add_DiskFailsAndComesBack_CountsWhatWasLostMeanwhile()
    {
        Spool spool = NewSpool(memoryBytes: FrameBytes);
        File.WriteAllText(_folder["spool"], "in the way");
        Assert.True(Add(spool, records: 1L));

        Assert.False(Add(spool, records: 6L));
        File.Delete(_folder["spool"]);
        Assert.True(Add(spool, records: 1L));

        Assert.Equal((0L, 6L), (_counters.DroppedSpoolFull, _counters.DroppedDiskFailed));
        await ExpectAsync(spool, 1, 2);
    }

    [Fact]
    public async Task Add_FolderCannotBeMade_CountsWhatWasDropped()
    {
        Spool spool = NewSpool(memoryBytes: FrameBytes, folder: "/dev/full/spool");

        Assert.True(Add(spool, records: 1L));
        Assert.False(Add(spool, records: 4L));

        Assert.Equal(4, _counters.DroppedDiskFailed);
        await ExpectAsync(spool, 1, 1);
    }

    [RootFact]
    [Trait("Category", "Functional")]
    public async Task Add_DiskBecomesFull_LosesOnlyWhatDidNotFit()
    {
        const int diskBytes = 16 * 1024;
        using var disk = new SmallDisk(_folder["disk"], diskBytes);
        Spool spool = NewSpool(memoryBytes: FrameBytes, folder: _folder["disk/spool"]);

        int kept = 0;
        while (kept <= diskBytes && Add(spool, records: 1L))
            kept++;

        Assert.InRange(kept, diskBytes / EntryBytes, diskBytes / EntryBytes + 1);
        Assert.Equal(1, _counters.DroppedDiskFailed);
        await ExpectAsync(spool, 1, kept);
    }

    [Fact]
    public async Task Open_EarlierRunWasKilled_GivesWhatItLeft()
    {
        Add(NewSpool(), 5);
        Release();

        SpoolFiles left = Reopen()!;

        Assert.Equal((5L, 5L), (left.Blocks, left.LastSequence));
        await ExpectAsync(new Spool(0, left), 1, 5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(FrameBytes)]
    [InlineData(EntryBytes - 1)]
    public async Task Open_LastBlockIsTorn_CutsItOffAndCounts(int missing)
    {
        Add(NewSpool(), 5);
        string file = Release();
        using (FileStream torn = File.OpenWrite(file))
            torn.SetLength(torn.Length - missing);

        SpoolFiles left = Reopen()!;

        Assert.Equal((4L, (long)EntryBytes - missing), (left.Blocks, _counters.SpoolBytesTorn));
        await ExpectAsync(new Spool(0, left), 1, 4);
    }

    [Fact]
    public void Open_ABitIsWrong_CutsOffFromThere()
    {
        Add(NewSpool(), 5);
        string file = Release();
        byte[] bytes = File.ReadAllBytes(file);
        bytes[2 * EntryBytes + 25] ^= 1;
        File.WriteAllBytes(file, bytes);

        Assert.Equal((2L, 3L * EntryBytes), (Reopen()!.Blocks, _counters.SpoolBytesTorn));
    }

    [Fact]
    public void Open_RunThatGoesOn_IsLeftAlone()
    {
        Add(NewSpool(), 1);

        Assert.Null(Reopen());
    }

    [Fact]
    public void Dispose_AllIsAcknowledged_LeavesNothing()
    {
        Spool spool = NewSpool();
        Add(spool, 3);
        spool.Acknowledge(3);

        Assert.Equal(0, spool.Close());

        Assert.Empty(Folder().Runs);
    }

    [Fact]
    public void Close_ManagerDidNotTakeAll_LeavesItOnTheDisk()
    {
        Spool spool = NewSpool();
        spool.ManagerAnswers(true);
        Add(spool, 3);
        spool.Acknowledge(1);

        Assert.Equal(0, spool.Close());

        Assert.Equal(2, Reopen()!.Blocks);
    }

    [Fact]
    public void Add_EarlierRunsLeftMuch_SharesTheBoundWithThem()
    {
        Add(NewSpool(), 3);
        Release();

        Spool spool = NewSpool(memoryBytes: FrameBytes, diskBytes: 4 * EntryBytes);

        Assert.True(Add(spool, records: 1L));
        Assert.True(Add(spool, records: 1L));
        Assert.False(Add(spool, records: 1L));
    }

    private SpoolFolder Folder(long diskBytes = 1 << 20, string? folder = null) =>
        new(folder ?? _folder["spool"], diskBytes, _counters, NullLogger<SpoolFolder>.Instance);

    private Spool NewSpool(long memoryBytes = 1 << 20, long diskBytes = 1 << 20, string? folder = null)
    {
        SpoolFiles files = SpoolFiles.New(Folder(diskBytes, folder), Guid.NewGuid());
        _open.Add(files);
        return new Spool(memoryBytes, files, _counters);
    }

    [Fact]
    public async Task AddPassed_ManagerIsAway_StandsBeforeTheBlockInItsFile()
    {
        Spool spool = NewSpool();
        Add(spool, blocks: 1);
        spool.AddPassed(_ => [7]);
        spool.AddPassed(_ => [8]);
        Add(spool, blocks: 1);

        var (sequence, frames) = await spool.NextAsync(1, CancellationToken.None);

        Assert.Equal(2, sequence);
        Assert.Equal([8, .. Frame(2)], frames.ToArray());
    }

    /// <summary>Lets go of the files as the end of a process does.</summary>
    /// <returns>The newest of them.</returns>
    private string Release()
    {
        _open[^1].Dispose();
        return Files().Last();
    }

    private SpoolFiles? Reopen()
    {
        SpoolFolder folder = Folder();
        SpoolFiles? files = SpoolFiles.Open(folder, Assert.Single(folder.Runs));
        if (files is not null)
            _open.Add(files);
        return files;
    }

    private IEnumerable<string> Files() => Directory.EnumerateFiles(_folder["spool"], "*.spool", SearchOption.AllDirectories).Order();

    private int OnDisk() => Files().Sum(f => (int)new FileInfo(f).Length);

    private static byte[] Frame(long sequence) => [(byte)sequence, .. new byte[FrameBytes - 1]];

    private static void Add(Spool spool, int blocks)
    {
        for (int i = 0; i < blocks; i++)
            Assert.True(Add(spool, records: 1L));
    }

    private static bool Add(Spool spool, long records) => spool.Add(sequence => new SpoolFrame(Frame(sequence), (int)records));

    private static async Task ExpectAsync(Spool spool, long first, long last)
    {
        for (long sequence = first; sequence <= last; sequence++)
        {
            var (found, frame) = await spool.NextAsync(sequence - 1, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
            Assert.Equal((sequence, (byte)sequence, FrameBytes), (found, frame.Span[0], frame.Length));
        }
    }
}
