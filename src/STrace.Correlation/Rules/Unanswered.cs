using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// The requests that wait for answers on one outgoing connection, in the order in which they asked: answers come in that order.
/// </summary>
internal sealed class Unanswered
{
    private readonly Queue<int> _requests = new();
    private bool _answered;

    /// <summary>A send that asks for the request; without marks it is one question, and ends the turn of those answered.</summary>
    public void Ask(int request, HostEvent send, DeclaredPart part)
    {
        if (send.Marks.Count == 0 && _answered)
            _requests.Clear();
        _answered = false;
        long questions = send.Marks.Count == 0 ? 1 : send.Marks
            .Where(m => Has(m, MarkTraits.Request | MarkTraits.Start) && m.StartOffset >= part.From && m.StartOffset < part.To)
            .Sum(m => m.Count);
        for (; questions > 0; questions--)
            _requests.Enqueue(request);
    }

    /// <returns>The requests, each once, to which the received bytes are answers; without marks, all that they may answer.</returns>
    public int[] Answer(HostEvent receive)
    {
        if (receive.Marks.Count == 0)
        {
            _answered = true;
            return [.. _requests.Distinct()];
        }
        var answered = new HashSet<int>();
        foreach (MessageMark mark in receive.Marks.Where(m => Has(m, MarkTraits.Response)))
        {
            for (long left = mark.Count; left > 0 && _requests.TryPeek(out int request); left--)
            {
                answered.Add(request);
                if (Has(mark, MarkTraits.End))
                    _requests.Dequeue();
            }
        }
        return [.. answered];
    }

    private static bool Has(MessageMark mark, MarkTraits traits) => (mark.Traits & traits) == traits;
}
