using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Follows a program that forwards messages by what it forwards: the hashes of request line, body and header lines, the most
/// specific first. Equals stay equal.
/// </summary>
internal static class Witness
{
    /// <summary>Those of the exchanges whose question the message can be; all of them when it tells nothing.</summary>
    public static List<Exchange> Narrow(List<Exchange> exchanges, MessageMark? message)
    {
        if (message is null || exchanges.Count < 2)
            return exchanges;
        List<Exchange> fit = Where(exchanges, q => q.Protocol == message.Protocol);
        if (message.LineHash != 0)
            fit = Where(fit, q => q.LineHash == message.LineHash);
        if (message.BodyHash != 0)
            fit = Where(fit, q => q.BodyHash == message.BodyHash);
        int most = fit.Max(e => Shared(e.Question, message));
        return most == 0 ? fit : [.. fit.Where(e => Shared(e.Question, message) == most)];
    }

    private static List<Exchange> Where(List<Exchange> exchanges, Func<MessageMark, bool> condition)
    {
        List<Exchange> fit = exchanges.FindAll(e => e.Question is { } question && condition(question));
        return fit.Count > 0 ? fit : exchanges;
    }

    private static int Shared(MessageMark? question, MessageMark message) =>
        question is null ? 0 : question.HeaderHashes.Count(h => message.HeaderHashes.Contains(h));
}
