namespace STrace.FunctionalTests;

/// <summary>A program that has ended: its exit status and what it wrote.</summary>
internal sealed record Finished(string Command, int Status, string Output, string Errors)
{
    private const string Prefix = "s-trace: ";

    /// <summary>What it wrote, when it ended well; fails the test otherwise.</summary>
    public string Succeeded()
    {
        Assert.True(Status == 0, $"{Command} ended with {Status}: {Errors}{Output}");
        return Output;
    }

    /// <summary>Whether it ended with this status and told why in one sentence, which has all these words, and nothing else.</summary>
    public void Refused(int status, params string[] words)
    {
        RefusedAfterLog(status, words);
        Assert.Single(Errors.TrimEnd('\n').Split('\n'));
        Assert.Empty(Output);
    }

    /// <summary>As <see cref="Refused"/>, for the programs that write a log before it.</summary>
    public void RefusedAfterLog(int status, params string[] words)
    {
        Assert.True(Status == status, $"{Command} ended with {Status}, not {status}: {Errors}{Output}");
        string sentence = Assert.Single(Errors.Split('\n'), line => line.StartsWith(Prefix, StringComparison.Ordinal));
        Assert.All(words, word => Assert.Contains(word, sentence, StringComparison.Ordinal));
        Assert.DoesNotContain("Exception", Errors, StringComparison.Ordinal);
    }
}
