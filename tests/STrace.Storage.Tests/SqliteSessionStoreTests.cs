namespace STrace.Storage.Tests;

public sealed class SqliteSessionStoreTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("two words")]
    [InlineData("newline\n")]
    [InlineData("x1234567890123456789012345678901234567890123456789012345678901234")]
    public void Create_BadName_Throws(string name)
    {
        var e = Assert.Throws<SessionStoreException>(() => _store.Store.Create(name, 0));

        Assert.Equal(StoreError.BadName, e.Error);
    }

    [Fact]
    public void Create_NameTaken_Throws()
    {
        _store.Store.Create("first", 0);

        var e = Assert.Throws<SessionStoreException>(() => _store.Store.Create("first", 0));

        Assert.Equal(StoreError.Exists, e.Error);
    }

    [Fact]
    public void Create_New_IsOpenAndEmpty()
    {
        SessionInfo info = _store.Store.Create("run-1_a.b", TemporaryStore.StartNs);

        Assert.Equal((SessionState.Open, TemporaryStore.StartNs, (long?)null), (info.State, info.StartNs, info.StopNs));
        Assert.Empty(info.Totals);
    }

    [Fact]
    public void Create_DataDirectoryIsAFile_Throws()
    {
        string file = Path.Combine(_store.DataDirectory, "file");
        File.WriteAllText(file, "");

        var e = Assert.Throws<SessionStoreException>(() => new SqliteSessionStore(file).Create("a", 0));

        Assert.Equal(StoreError.Io, e.Error);
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_Unknown_Throws()
    {
        var e = Assert.Throws<SessionStoreException>(() => _store.Store.Open("nobody"));

        Assert.Equal(StoreError.NotFound, e.Error);
    }

    [Fact]
    public void List_NoDataDirectory_IsEmpty() =>
        Assert.Empty(new SqliteSessionStore(Path.Combine(_store.DataDirectory, "none")).List());

    [Fact]
    public void List_SessionsInEveryState_NamesThem()
    {
        using ISessionWriter writing = _store.NewWriter("d-writing");
        using (ISessionWriter closing = _store.NewWriter("c-closed"))
            closing.Close(TemporaryStore.StartNs + 5);
        _store.NewWriter("b-dead").Dispose();
        _store.Store.Create("a-broken", 0);
        File.WriteAllText(_store.DatabaseOf("a-broken"), "no database");

        IReadOnlyList<SessionInfo> list = _store.Store.List();

        Assert.Equal(
            [
                ("a-broken", SessionState.Damaged), ("b-dead", SessionState.Interrupted),
                ("c-closed", SessionState.Closed), ("d-writing", SessionState.Open),
            ],
            list.Select(s => (s.Name, s.State)));
        Assert.Equal(TemporaryStore.StartNs + 5, list[2].StopNs);
    }

    [Fact]
    public void Open_NotADatabase_SaysWhichFile()
    {
        _store.Store.Create("a", 0);
        File.WriteAllText(_store.DatabaseOf("a"), "this is surely not a database of SQLite");

        var e = Assert.Throws<SessionStoreException>(() => _store.Store.Open("a"));

        Assert.Equal(StoreError.Corrupt, e.Error);
        Assert.Contains(_store.DatabaseOf("a"), e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NewerSchema_SaysToUpgrade()
    {
        _store.Store.Create("a", 0);
        _store.Tamper("a", "PRAGMA user_version = 2");

        var e = Assert.Throws<SessionStoreException>(() => _store.Store.Open("a"));

        Assert.Equal(StoreError.NewerVersion, e.Error);
        Assert.Contains("upgrade", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenWriter_SecondWriter_Throws()
    {
        using ISessionWriter first = _store.NewWriter("a");

        var e = Assert.Throws<SessionStoreException>(() => _store.Store.OpenWriter("a"));

        Assert.Equal(StoreError.InUse, e.Error);
    }

    [Fact]
    public void OpenWriter_Closed_ThrowsAndStaysClosed()
    {
        using (ISessionWriter writer = _store.NewWriter("a"))
            writer.Close(1);

        var e = Assert.Throws<SessionStoreException>(() => _store.Store.OpenWriter("a"));

        Assert.Equal(StoreError.InUse, e.Error);
        Assert.Equal(SessionState.Closed, _store.Store.Open("a").Info.State);
    }

    [Fact]
    public void Delete_Closed_RemovesTheDirectory()
    {
        using (ISessionWriter writer = _store.NewWriter("a"))
            writer.Close(1);

        _store.Store.Delete("a");

        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_store.DataDirectory, "sessions")));
    }

    [Fact]
    public void Delete_BeingWritten_Throws()
    {
        using ISessionWriter writer = _store.NewWriter("a");

        var e = Assert.Throws<SessionStoreException>(() => _store.Store.Delete("a"));

        Assert.Equal(StoreError.InUse, e.Error);
        Assert.Single(_store.Store.List());
    }
}
