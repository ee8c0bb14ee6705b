using Microsoft.Data.Sqlite;

namespace STrace.Storage.Tests;

public sealed class SessionDatabaseTests
{
    [Theory]
    [InlineData(13, StoreError.DiskFull)]
    [InlineData(8, StoreError.ReadOnly)]
    [InlineData(5, StoreError.Locked)]
    [InlineData(11, StoreError.Corrupt)]
    [InlineData(26, StoreError.Corrupt)]
    [InlineData(14, StoreError.Io)]
    [InlineData(10, StoreError.Io)]
    public void Explain_ResultCode_NamesErrorAndFile(int code, StoreError expected)
    {
        SessionStoreException e = SessionDatabase.Explain(new SqliteException("text", code), "/data/session.db");

        Assert.Equal(expected, e.Error);
        Assert.Contains("/data/session.db", e.Message, StringComparison.Ordinal);
    }
}
