namespace STrace.Storage.Tests;

public sealed class SqliteSessionWriterTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Append_WithoutFlush_IsCommittedByItself()
    {
        using ISessionWriter writer = _store.NewWriter("a");
        Task committed = writer.NextCommit;

        writer.Append(TemporaryStore.Header(1, 3), "abc"u8);
        await committed.WaitAsync(Deadline);

        Assert.Equal(3, writer.LastCommittedSequence("h4", TemporaryStore.Agent));
        Assert.Equal(0, writer.UncommittedBlocks);
    }

    [Fact]
    public void Append_SameSequencesAgain_IsIgnored()
    {
        using ISessionWriter writer = _store.NewWriter("a");
        writer.Append(TemporaryStore.Header(1, 3), "abc"u8);
        AppendResult beforeCommit = writer.Append(TemporaryStore.Header(1, 3), "abc"u8);
        writer.Flush();
        AppendResult afterCommit = writer.Append(TemporaryStore.Header(2, 3), "bc"u8);
        writer.Flush();

        Assert.Equal((AppendResult.Duplicate, AppendResult.Duplicate), (beforeCommit, afterCommit));
        Assert.Single(_store.Store.Open("a").ReadBlocks(BlockKind.Events));
    }

    [Fact]
    public void Append_SequencesPartlyStored_Throws()
    {
        using ISessionWriter writer = _store.NewWriter("a");
        writer.Append(TemporaryStore.Header(1, 3), "abc"u8);

        var e = Assert.Throws<SessionStoreException>(() => writer.Append(TemporaryStore.Header(3, 4), "cd"u8));

        Assert.Equal(StoreError.Overlap, e.Error);
    }

    [Fact]
    public void Append_SameSequencesOfAnotherSource_IsStored()
    {
        using ISessionWriter writer = _store.NewWriter("a");
        writer.Append(TemporaryStore.Header(1, 3), "abc"u8);

        AppendResult result = writer.Append(TemporaryStore.Header(1, 3, source: "h5"), "abc"u8);

        Assert.Equal(AppendResult.Accepted, result);
    }

    [Fact]
    public void Append_AfterReopeningAnInterruptedSession_KnowsWhatIsStored()
    {
        using (ISessionWriter first = _store.NewWriter("a"))
            first.Append(TemporaryStore.Header(1, 3), "abc"u8);

        using ISessionWriter second = _store.Store.OpenWriter("a");

        Assert.Equal(3, second.LastCommittedSequence("h4", TemporaryStore.Agent));
        Assert.Equal(AppendResult.Duplicate, second.Append(TemporaryStore.Header(1, 3), "abc"u8));
        Assert.Equal(AppendResult.Accepted, second.Append(TemporaryStore.Header(4, 4), "d"u8));
    }

    [Fact]
    public void Append_AfterClose_Throws()
    {
        using ISessionWriter writer = _store.NewWriter("a");
        writer.Close(1);

        var e = Assert.Throws<SessionStoreException>(() => writer.Append(TemporaryStore.Header(1, 1), []));

        Assert.Equal(StoreError.InUse, e.Error);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 1)]
    public void Append_ImpossibleSequences_Throws(long first, long last)
    {
        using ISessionWriter writer = _store.NewWriter("a");

        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Append(TemporaryStore.Header(first, last), []));
    }

    [Fact]
    public void Append_FromManyThreads_StoresEachBlockOnce()
    {
        using ISessionWriter writer = _store.NewWriter("a");

        Parallel.For(0, 8, thread =>
        {
            for (int i = 1; i <= 200; i++)
                writer.Append(TemporaryStore.Header(i, i, source: $"h{thread / 2}"), BitConverter.GetBytes(i));
        });
        writer.Flush();

        List<Block> blocks = _store.Store.Open("a").ReadBlocks(BlockKind.Events).ToList();
        Assert.Equal(
            Enumerable.Range(0, 4).SelectMany(host => Enumerable.Range(1, 200).Select(i => ($"h{host}", i))),
            blocks.Select(b => (b.Header.Source, BitConverter.ToInt32(b.Payload))));
    }

    [Fact]
    public void Flush_StoreRefuses_KeepsTheBlocksAndRecovers()
    {
        using ISessionWriter writer = _store.NewWriter("a");
        _store.Tamper("a", "CREATE TRIGGER refuse BEFORE INSERT ON block BEGIN SELECT RAISE(ABORT, 'refused'); END");
        writer.Append(TemporaryStore.Header(1, 1), "a"u8);

        var flushing = Assert.Throws<SessionStoreException>(writer.Flush);
        var appending = Assert.Throws<SessionStoreException>(() => writer.Append(TemporaryStore.Header(2, 2), "b"u8));
        (int kept, long acknowledged) = (writer.UncommittedBlocks, writer.LastCommittedSequence("h4", TemporaryStore.Agent));
        _store.Tamper("a", "DROP TRIGGER refuse");
        writer.Flush();
        writer.Append(TemporaryStore.Header(2, 2), "b"u8);
        writer.Flush();

        Assert.Equal((StoreError.Io, StoreError.Io), (flushing.Error, appending.Error));
        Assert.Equal((1, 0), (kept, acknowledged));
        Assert.Equal(2, writer.LastCommittedSequence("h4", TemporaryStore.Agent));
        Assert.Equal(new BlockTotal(BlockKind.Events, 2, 2, 2), _store.Store.Open("a").Info.Totals.Single());
    }

    [Fact]
    public async Task Dispose_SomebodyAwaitsACommit_Cancels()
    {
        ISessionWriter writer = _store.NewWriter("a");
        Task committed = writer.NextCommit;

        writer.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => committed);
        Assert.True(writer.NextCommit.IsCanceled);
    }

    /// <summary>What the kernel holds of the files at one instant is what a killed manager leaves behind.</summary>
    [Fact]
    public void Flush_ManagerKilledThereafter_LosesNothing()
    {
        using ISessionWriter writer = _store.NewWriter("a");
        for (int i = 1; i <= 500; i++)
            writer.Append(TemporaryStore.Header(i, i), BitConverter.GetBytes(i));
        writer.Flush();

        using var image = new TemporaryStore();
        string copy = Directory.CreateDirectory(Path.Combine(image.DataDirectory, "sessions", "a")).FullName;
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(_store.DatabaseOf("a"))!))
            CopyLockedFile(file, Path.Combine(copy, Path.GetFileName(file)));

        ISession survived = image.Store.Open("a");
        Assert.Equal(SessionState.Interrupted, survived.Info.State);
        Assert.Equal(Enumerable.Range(1, 500), survived.ReadBlocks(BlockKind.Events).Select(b => BitConverter.ToInt32(b.Payload)));
    }

    // The writer's lock is advisory: cp(1) asks for none.
    private static void CopyLockedFile(string from, string to)
    {
        using var cp = System.Diagnostics.Process.Start("cp", [from, to]);
        cp.WaitForExit();
        Assert.Equal(0, cp.ExitCode);
    }
}
