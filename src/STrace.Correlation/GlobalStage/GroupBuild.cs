using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Tells which requests of a group are one, and makes their graphs. Joins, on each connection and in each direction, reads to exactly the
/// writes whose bytes they took, and with them the requests. What one request reads on a connection must come from one request on the
/// other side, and an answer from the one that was asked, or nothing is joined. Changes nothing of the group: it may be built again.
/// </summary>
internal sealed class GroupBuild
{
    public const string Name = "bytes";

    private readonly GraphBuilder _graphs = new();
    private readonly List<Request> _parts = [];
    private readonly HashSet<Request> _asked = new(ReferenceEqualityComparer.Instance);
    private readonly List<Step> _touched = [];
    private int[] _same = [];

    /// <summary>The bytes of one direction of one connection that were read for one request.</summary>
    private sealed record Reading(bool IsAnswer, List<Overlap> Overlaps);

    /// <summary>Every path of the group; each is to be used up before the next is taken.</summary>
    public IEnumerable<PathDraft> Build(Group group)
    {
        Number(group);
        JoinOpenings(group);
        JoinBytes(group);
        AskEnds(group);
        var requests = new HashSet<Request>?[_parts.Count];
        foreach (Request member in group.Members)
            if (member.Steps.Count > 0)
                (requests[PartOf(member)] ??= []).Add(member);
        foreach (HashSet<Request>? one in requests)
            if (one is not null)
                yield return new PathDraft(_graphs.Build([.. one.SelectMany(r => r.Steps)], one), one);
        foreach (Step step in _touched)
            (step.Joined, step.Open) = (null, null);
        _touched.Clear();
    }

    /// <summary>Requests that are known to be one have one number.</summary>
    private void Number(Group group)
    {
        _parts.Clear();
        foreach (Request member in group.Members)
            member.Whole.Part = -1;
        foreach (Request member in group.Members)
        {
            if (member.Whole is not { Part: -1 } whole)
                continue;
            whole.Part = _parts.Count;
            _parts.Add(whole);
        }
        if (_same.Length < _parts.Count)
            _same = new int[Math.Max(_parts.Count, 2 * _same.Length)];
        for (int i = 0; i < _parts.Count; i++)
            _same[i] = i;
    }

    private int PartOf(Request request)
    {
        int at = request.Whole.Part;
        while (_same[at] != at)
            at = _same[at] = _same[_same[at]];
        return at;
    }

    private void Unite(Request a, Request b)
    {
        (int x, int y) = (PartOf(a), PartOf(b));
        _same[Math.Max(x, y)] = Math.Min(x, y);
    }

    private void JoinOpenings(Group group)
    {
        foreach (ConnectionPair pair in group.Opened)
        {
            CausedBy(pair.Server.Start, pair.Link!);
            if (pair.IsFirstUsersAccept)
                Unite(pair.Client.Start.Request!, pair.Server.Start.Request!);
        }
    }

    private void JoinBytes(Group group)
    {
        if (group.Overlaps.Count == 0)
            return;
        var overlaps = group.Overlaps.FindAll(o => o.Send.Refused is null && o.Receive.Refused is null);
        overlaps.Sort((a, b) => a.Pair != b.Pair ? a.Pair.Number.CompareTo(b.Pair.Number) : a.From.CompareTo(b.From));
        _asked.Clear();
        // Questions first: who asked tells whose the answers are.
        List<Reading> open = JoinAll(Readings(overlaps, isAnswer: false));
        open.AddRange(Readings(overlaps, isAnswer: true));
        foreach (Reading reading in JoinAll(open))
            Ask(reading);
    }

    private static List<Reading> Readings(List<Overlap> overlaps, bool isAnswer)
    {
        var all = new List<Reading>();
        var known = new Dictionary<(ConnectionPair, Request), Reading>();
        foreach (Overlap overlap in overlaps)
        {
            if (overlap.IsAnswer != isAnswer)
                continue;
            (ConnectionPair, Request) key = (overlap.Pair, overlap.Receive.Request!);
            if (!known.TryGetValue(key, out Reading? reading))
                all.Add(known[key] = reading = new Reading(isAnswer, []));
            reading.Overlaps.Add(overlap);
        }
        return all;
    }

    /// <summary>A join may decide another that was open; without any, what is open stays open.</summary>
    private List<Reading> JoinAll(List<Reading> open)
    {
        for (int before = open.Count + 1; open.Count < before && open.Count > 0;)
        {
            before = open.Count;
            open.RemoveAll(TryJoin);
        }
        return open;
    }

    private bool TryJoin(Reading reading)
    {
        int sender = PartOf(reading.Overlaps[0].Send.Request!);
        Request receiver = reading.Overlaps[0].Receive.Request!;
        foreach (Overlap o in reading.Overlaps)
            if (PartOf(o.Send.Request!) != sender)
                return false;
        if (reading.IsAnswer && PartOf(receiver) != sender && reading.Overlaps.Exists(o => _asked.Contains(o.Send.Request!)))
            return false;
        if (!reading.IsAnswer)
            _asked.Add(receiver);
        foreach (Overlap o in reading.Overlaps)
            CausedBy(o.Receive, new Link(o.Send, EdgeKind.Message, Name, new Evidence("bytes {1}..{2} of {0}", o.Pair.Flow(o.IsAnswer), o.From, o.To - 1)));
        Unite(receiver, reading.Overlaps[0].Send.Request!);
        return true;
    }

    private void Ask(Reading reading)
    {
        foreach (var read in reading.Overlaps.GroupBy(o => o.Receive))
            Ask(read.Key, new OpenQuestion("one request's bytes came from calls of several requests",
                [.. read.Select(o => $"bytes {o.From}..{o.To - 1} of {o.Pair.Flow(o.IsAnswer)}: {o.Send.Describe()}")]));
        foreach (var write in reading.Overlaps.GroupBy(o => o.Send))
            Ask(write.Key, new OpenQuestion("its bytes were read together with another request's",
                [.. write.Select(o => $"bytes {o.From}..{o.To - 1} of {o.Pair.Flow(o.IsAnswer)}: {o.Receive.Describe()}")]));
    }

    /// <summary>Connections of the group that several others fit.</summary>
    private void AskEnds(Group group)
    {
        foreach (Request member in group.Members)
            foreach (Connection connection in member.Connections)
                if (connection.End is { Pair: null, Question: { } question } end && end.Start.Request == member)
                    Ask(end.Start, new OpenQuestion(question.Reason, question.Choices));
    }

    private void CausedBy(Step step, Link link)
    {
        _touched.Add(step);
        link.Next = step.Joined;
        step.Joined = link;
    }

    private void Ask(Step step, OpenQuestion question)
    {
        _touched.Add(step);
        (step.Open ??= []).Add(question);
    }
}
