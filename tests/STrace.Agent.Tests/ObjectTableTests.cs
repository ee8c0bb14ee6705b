using System.Runtime.InteropServices;
using STrace.AgentProtocol;

namespace STrace.Agent.Tests;

public sealed class ObjectTableTests
{
    private const int Bound = 65536;

    private readonly ObjectTable _table = new();

    [Fact]
    public void Learn_SameObjectAgain_KeepsTheNewestWord()
    {
        byte[] newest = Records.Object(7, sequence: 2, continuations: 1);

        _table.Learn(0, Records.Object(7, sequence: 1));
        _table.Learn(0, newest);

        Assert.Equal([(0, newest)], _table.All().Select(o => ((int)o.Arena, o.Record)));
    }

    [Fact]
    public void Learn_SameNumberInTwoArenas_AreTwoObjects()
    {
        _table.Learn(0, Records.Object(7));
        _table.Learn(1, Records.Object(7));

        Assert.Equal([0, 1], _table.All().Select(o => (int)o.Arena).Order());
    }

    [Fact]
    public void Learn_BeyondTheBound_ForgetsTheOldest()
    {
        for (uint number = 1; number <= Bound + 2; number++)
            _table.Learn(0, Records.Object(number));

        uint[] kept = [.. _table.All().Select(o => MemoryMarshal.Read<ObjectRecord>(o.Record).ObjectNumber).Order()];
        Assert.Equal(Bound, kept.Length);
        Assert.Equal(3u, kept[0]);
    }
}
