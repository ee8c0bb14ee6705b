namespace STrace.Agent.Tests;

public sealed class SpoolTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Spool _spool = new(maxBytes: 30);

    [Fact]
    public async Task NextAsync_BlocksWereAdded_GivesThemInOrder()
    {
        Add(3);

        Assert.Equal([1L, 2L, 3L], await TakeAsync(after: 0, count: 3));
        Assert.Equal(3, _spool.Sequence);
    }

    [Fact]
    public async Task NextAsync_FromALowerSequence_GivesThemAgain()
    {
        Add(3);
        await TakeAsync(after: 0, count: 3);

        _spool.Acknowledge(1);

        Assert.Equal([2L, 3L], await TakeAsync(after: 1, count: 2));
        Assert.Equal([2L, 3L], await TakeAsync(after: 0, count: 2));
    }

    [Fact]
    public async Task NextAsync_NothingThere_WaitsForTheNextBlock()
    {
        Add(1);
        Task<(long Sequence, ReadOnlyMemory<byte> Frame)> next = _spool.NextAsync(1, CancellationToken.None);
        Assert.False(next.IsCompleted);

        Add(1);

        var (sequence, frame) = await next.WaitAsync(Patience);
        Assert.Equal(2, sequence);
        Assert.Equal(2, frame.Span[0]);
    }

    [Fact]
    public async Task NextAsync_Cancelled_GivesUp()
    {
        using var stop = new CancellationTokenSource();
        Task next = _spool.NextAsync(0, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.WaitAsync(Patience));
    }

    [Fact]
    public void Acknowledge_UpToASequence_ForgetsUpToIt()
    {
        Add(2);

        _spool.Acknowledge(1);
        Assert.False(_spool.IsEmpty);

        _spool.Acknowledge(2);
        Assert.True(_spool.IsEmpty);
    }

    [Fact]
    public async Task Add_BeyondTheBound_DropsTheNewestAndCounts()
    {
        Add(3);

        Assert.False(_spool.Add(sequence => new SpoolFrame(Frame(sequence), Records: 7)));
        Assert.False(_spool.Add(sequence => new SpoolFrame(Frame(sequence), Records: 5)));

        Assert.Equal((12L, 3L), (_spool.Dropped, _spool.Sequence));
        Assert.Equal([1L, 2L, 3L], await TakeAsync(after: 0, count: 3));
    }

    [Fact]
    public async Task Add_AfterADrop_LeavesNoHoleInTheSequence()
    {
        Add(3);
        _spool.Add(Frame);

        _spool.Acknowledge(1);

        Assert.True(_spool.Add(Frame));
        Assert.Equal([2L, 3L, 4L], await TakeAsync(after: 1, count: 3));
    }

    [Fact]
    public async Task AddPassed_BehindBlocks_IsLentBehindTheNewestOnce()
    {
        Add(2);

        Pass(7);

        Assert.Equal([1L, 2L], await TakeAsync(after: 0, count: 2));
        Assert.Equal((2L, (2, 7)), await PassedAsync(after: 2));
        Assert.False(_spool.NextAsync(2, CancellationToken.None).IsCompleted);
    }

    [Fact]
    public async Task AddPassed_SeveralWithoutABlockBetween_GivesTheNewestAlone()
    {
        Add(1);

        Pass(7);
        Pass(8);
        Add(1);

        Assert.Equal((1L, (1, 8)), await PassedAsync(after: 1));
        Assert.Equal([2L], await TakeAsync(after: 1, count: 1));
    }

    [Fact]
    public async Task AddPassed_LentAlready_IsNotGivenAgainWithTheBlocks()
    {
        Add(1);
        Pass(7);
        Add(1);
        await TakeAsync(after: 0, count: 1);
        await PassedAsync(after: 1);

        Assert.Equal([1L, 2L], await TakeAsync(after: 0, count: 2));
    }

    [Fact]
    public async Task AddPassed_NobodyTakesIt_KeepsOneAndNumbersNothing()
    {
        Add(1);
        for (int i = 0; i < 100; i++)
            Pass((byte)i);

        _spool.Acknowledge(1);

        Assert.Equal((true, 1L), (_spool.IsEmpty, _spool.Sequence));
        Assert.Equal((1L, (1, 99)), await PassedAsync(after: 1));
    }

    [Fact]
    public async Task AddPassed_ABlockWasDroppedBetween_StaysBehindTheLastThatIsKept()
    {
        Add(3);
        Pass(7);

        Assert.False(_spool.Add(Frame));

        Assert.Equal((3L, (3, 7)), await PassedAsync(after: 3));
    }

    private void Pass(byte what) => _spool.AddPassed(sequence => [(byte)sequence, what]);

    private async Task<(long Sequence, (int Behind, int What))> PassedAsync(long after)
    {
        var (sequence, frame) = await _spool.NextAsync(after, CancellationToken.None).WaitAsync(Patience);
        return (sequence, (frame.Span[0], frame.Span[1]));
    }

    private static byte[] Frame(long sequence) => [(byte)sequence, .. new byte[9]];

    private void Add(int blocks)
    {
        for (int i = 0; i < blocks; i++)
            Assert.True(_spool.Add(Frame));
    }

    private async Task<List<long>> TakeAsync(long after, int count)
    {
        var taken = new List<long>();
        while (taken.Count < count)
        {
            (after, ReadOnlyMemory<byte> frame) = await _spool.NextAsync(after, CancellationToken.None).WaitAsync(Patience);
            Assert.Equal((byte)after, frame.Span[0]);
            taken.Add(after);
        }
        return taken;
    }
}
