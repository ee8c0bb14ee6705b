namespace STrace.Storage.Tests;

public sealed class SequenceSetTests
{
    [Fact]
    public void Contains_RandomRanges_AgreesWithASetOfNumbers()
    {
        var random = new Random(7);
        var set = new SequenceSet();
        var numbers = new HashSet<long>();
        for (int i = 0; i < 2000; i++)
        {
            long first = random.Next(1, 400);
            long last = first + random.Next(0, 6);
            int known = Enumerable.Range((int)first, (int)(last - first + 1)).Count(n => numbers.Contains(n));
            Overlap expected = known == 0 ? Overlap.None : known == last - first + 1 ? Overlap.Whole : Overlap.Part;

            Assert.Equal(expected, set.Contains(first, last));
            if (expected == Overlap.None)
            {
                set.Add(first, last);
                for (long n = first; n <= last; n++)
                    numbers.Add(n);
            }
        }
    }
}
