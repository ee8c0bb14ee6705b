using System.Security.Cryptography;

namespace STrace.Storage.Tests;

public sealed class SqliteSessionTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(100_000, false)]
    [InlineData(100_000, true)]
    public void ReadBlocks_AnyPayload_ComesBackAsItWas(int length, bool random)
    {
        byte[] payload = random ? RandomNumberGenerator.GetBytes(length) : new byte[length];
        using ISessionWriter writer = _store.NewWriter("a");
        writer.Append(TemporaryStore.Header(1, 9), payload);
        writer.Flush();

        Block block = _store.Store.Open("a").ReadBlocks(BlockKind.Events).Single();

        Assert.Equal(TemporaryStore.Header(1, 9), block.Header);
        Assert.Equal(payload, block.Payload);
    }

    [Fact]
    public void ReadBlocks_AppendedOutOfOrder_ComeBySourceAndSequence()
    {
        using ISessionWriter writer = _store.NewWriter("a");
        foreach ((string source, long sequence) in new[] { ("h5", 1L), ("h4", 10), ("h4", 2), ("h10", 7) })
            writer.Append(TemporaryStore.Header(sequence, sequence, source), "x"u8);
        writer.Append(TemporaryStore.Header(1, 1, "manager", BlockKind.Control), "c"u8);
        writer.Flush();

        IEnumerable<Block> blocks = _store.Store.Open("a").ReadBlocks(BlockKind.Events);

        Assert.Equal([("h10", 7L), ("h4", 2), ("h4", 10), ("h5", 1)], blocks.Select(b => (b.Header.Source, b.Header.FirstSequence)));
    }

    [Theory]
    [InlineData("UPDATE block SET payload = zeroblob(length(payload)) WHERE id = 2")]
    [InlineData("UPDATE block SET checksum = checksum + 1 WHERE id = 2")]
    [InlineData("UPDATE block SET length = 1 << 40 WHERE id = 2")]
    [InlineData("UPDATE block SET compressed = 1 WHERE id = 2")]
    [InlineData("UPDATE block SET compressed = 2 WHERE id = 2")]
    [InlineData("UPDATE block SET compressed = 3 WHERE id = 2")]
    public void ReadBlocks_OneDamaged_CostsOnlyItself(string damage)
    {
        using (ISessionWriter writer = _store.NewWriter("a"))
        {
            for (int i = 1; i <= 3; i++)
                writer.Append(TemporaryStore.Header(i, i), RandomNumberGenerator.GetBytes(1000));
        }
        _store.Tamper("a", damage);
        ISession session = _store.Store.Open("a");

        Assert.Equal([1L, 3], session.ReadBlocks(BlockKind.Events).Select(b => b.Header.FirstSequence));
        DamagedBlock damaged = Assert.Single(session.DamagedBlocks);
        Assert.Equal((2L, 2L, "h4"), (damaged.Id, damaged.FirstSequence, damaged.Source));
        Assert.Contains(_store.DatabaseOf("a"), damaged.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadBlocks_BytesOfTheFileChanged_LosesOnlyTheBlocksThere()
    {
        using (ISessionWriter writer = _store.NewWriter("a"))
        {
            for (int i = 1; i <= 100; i++)
                writer.Append(TemporaryStore.Header(i, i), RandomNumberGenerator.GetBytes(20_000));
        }
        using (FileStream file = File.OpenWrite(_store.DatabaseOf("a")))
        {
            file.Position = file.Length / 2;
            file.Write(RandomNumberGenerator.GetBytes(4096));
        }
        ISession session = _store.Store.Open("a");

        int read = session.ReadBlocks(BlockKind.Events).Count();

        Assert.InRange(session.DamagedBlocks.Count, 1, 8); // those of one page
        Assert.Equal(100, read + session.DamagedBlocks.Count);
    }

    [Fact]
    public void Info_BlocksOfTwoKinds_CountsThem()
    {
        using ISessionWriter writer = _store.NewWriter("a");
        writer.Append(TemporaryStore.Header(1, 3), new byte[100]);
        writer.Append(TemporaryStore.Header(4, 4), new byte[50]);
        writer.Append(TemporaryStore.Header(1, 1, "manager", BlockKind.Control), new byte[8]);
        writer.Flush();

        SessionInfo info = _store.Store.Open("a").Info;

        Assert.Equal([new BlockTotal(BlockKind.Control, 1, 1, 8), new BlockTotal(BlockKind.Events, 2, 4, 150)], info.Totals);
    }

    [Fact]
    public void Hosts_ToldTwice_KeepsTheLast()
    {
        using ISessionWriter writer = _store.NewWriter("a");
        writer.SaveHost(new SessionHost("h4", TemporaryStore.Agent, ["10.0.0.9"]));
        writer.SaveHost(new SessionHost("h4", TemporaryStore.Agent, ["10.0.0.4", "fe80::4"]));

        SessionHost host = Assert.Single(_store.Store.Open("a").Hosts);

        Assert.Equal(["10.0.0.4", "fe80::4"], host.Addresses);
    }

    [Fact]
    public void SaveDerived_InAClosedSession_ReplacesWhatWasThere()
    {
        using (ISessionWriter writer = _store.NewWriter("a"))
            writer.Close(1);
        ISession session = _store.Store.Open("a");
        session.SaveDerived("paths", "all", "old"u8);
        session.SaveDerived("paths", "all", "new"u8);

        Assert.Equal("new"u8.ToArray(), session.LoadDerived("paths", "all"));
        Assert.Null(session.LoadDerived("paths", "none"));
    }

    [Fact]
    public void ReadBlocks_WhileWritten_SeesWhatIsCommitted()
    {
        using ISessionWriter writer = _store.NewWriter("a");
        ISession session = _store.Store.Open("a");
        writer.Append(TemporaryStore.Header(1, 1), "a"u8);
        writer.Flush();
        using IEnumerator<Block> reading = session.ReadBlocks(BlockKind.Events).GetEnumerator();
        Assert.True(reading.MoveNext());

        writer.Append(TemporaryStore.Header(2, 2), "b"u8);
        writer.Flush();

        Assert.False(reading.MoveNext());
        Assert.Equal(2, session.ReadBlocks(BlockKind.Events).Count());
    }
}
