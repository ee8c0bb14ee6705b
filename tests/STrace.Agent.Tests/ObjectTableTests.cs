using System.Runtime.InteropServices;
using STrace.AgentProtocol;
using STrace.TestKit;

namespace STrace.Agent.Tests;

public sealed class ObjectTableTests : IDisposable
{
    private const int Pid = 100;

    private readonly TemporaryFolder _folder = new();
    private ObjectTable _table;

    public ObjectTableTests() => _table = new ObjectTable(0, _folder["objects"]);

    public void Dispose()
    {
        _table.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Learn_SameObjectAgain_KeepsTheNewestWord()
    {
        byte[] newest = Records.Object(7, sequence: 2, continuations: 1);

        _table.Learn(Pid, Records.Object(7, sequence: 1));
        _table.Learn(Pid, newest);

        Assert.Equal([newest], All());
    }

    [Fact]
    public void Learn_MoreContinuationsThanItKeeps_CutsTheGroup()
    {
        _table.Learn(Pid, Records.Object(7, continuations: 15));

        byte[] kept = Assert.Single(All());
        Assert.Equal((7, 6), (kept.Length / WireRecord.Bytes, MemoryMarshal.Read<ObjectRecord>(kept).Flags));
    }

    [Fact]
    public void Learn_BeyondTheBound_ForgetsTheOldest()
    {
        for (uint number = 1; number <= ObjectTable.MaxObjects + 2; number++)
            _table.Learn(Pid, Records.Object(number, fd: (int)number));

        uint[] kept = Numbers();
        Assert.Equal(ObjectTable.MaxObjects, kept.Length);
        Assert.Equal(3u, kept.Min());
    }

    [Fact]
    public void Learn_BeyondTheBoundAndDescriptorsWereUsedAgain_ForgetsWhatStoodThereBefore()
    {
        _table.Learn(Pid, Records.Object(1, fd: 3)); // a server's listening socket, told of once

        for (uint number = 2; number <= 3 * ObjectTable.MaxObjects; number++)
            _table.Learn(Pid, Records.Object(number, fd: 4 + (int)number % 1000));

        Assert.Contains(1u, Numbers());
    }

    [Fact]
    public void Constructor_AnAgentBeforeLeftIt_KnowsWhatThatOneKnew()
    {
        byte[] known = Records.Object(7, continuations: 2);
        _table.Learn(Pid, known);
        _table.Dispose();

        _table = new ObjectTable(0, _folder["objects"]);

        Assert.Equal([known], All());
    }

    [Fact]
    public void Constructor_AnotherFileStandsThere_TakesItsPlace()
    {
        File.WriteAllText(_folder["victim"], "something else");
        File.CreateSymbolicLink(_folder["other"], _folder["victim"]);

        using var table = new ObjectTable(0, _folder["other"]);

        Assert.Equal(0, table.Count);
        Assert.Equal("something else", File.ReadAllText(_folder["victim"]));
    }

    private List<byte[]> All()
    {
        var all = new List<byte[]>();
        _table.ForEach(group => all.Add(group.ToArray()));
        return all;
    }

    private uint[] Numbers() => [.. All().Select(o => MemoryMarshal.Read<ObjectRecord>(o).ObjectNumber)];
}
