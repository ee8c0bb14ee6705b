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
    private readonly List<Request> _members = [];
    private readonly List<Overlap> _overlaps = [];
    private readonly HashSet<Request> _asked = new(ReferenceEqualityComparer.Instance);
    private readonly List<Reading> _open = [];
    private readonly List<Step> _left = [];

    /// <summary>By the number of a whole: another that is the same path.</summary>
    private int[] _same = new int[16];

    /// <summary>By the number of a path: its last member so far; by that of a member: the one before it. From 1; 0: none.</summary>
    private int[] _lastOf = new int[16];
    private int[] _before = new int[16];
    private long _number;
    private readonly Predicate<Reading> _tryJoin;

    /// <summary>The bytes of one direction of one connection that were read for one request: a run of the overlaps.</summary>
    private readonly record struct Reading(int First, int Count);

    public GroupBuild() => _tryJoin = TryJoin;

    /// <summary>Every path of the group; each is to be used up before the next is taken.</summary>
    public IEnumerable<PathDraft> Build(Group group)
    {
        int wholes = Number(group);
        FindReceived();
        JoinBytes();
        AskEnds();
        foreach (PathDraft draft in Draw(wholes))
            yield return draft;
        foreach (Step step in _left)
            step.Notes!.Open = null;
        _left.Clear();
        _members.Clear();
    }

    private IEnumerable<PathDraft> Draw(int wholes)
    {
        Array.Clear(_lastOf, 0, wholes);
        for (int i = 0; i < _members.Count; i++)
        {
            int part = PartOf(_members[i]);
            (_before[i], _lastOf[part]) = (_lastOf[part], i + 1);
        }
        for (int part = 0; part < wholes; part++)
        {
            if (_lastOf[part] == 0)
                continue;
            var draft = new PathDraft(++_number);
            int steps = 0;
            for (int i = _lastOf[part]; i > 0; i = _before[i - 1])
            {
                _members[i - 1].Graph = draft.Number;
                steps += _members[i - 1].StepCount;
                draft.Requests.Add(_members[i - 1]);
            }
            if (steps > 0)
            {
                draft.Graph = _graphs.Build(draft, steps);
                yield return draft;
            }
        }
    }

    /// <summary>Requests that are known to be one have one number.</summary>
    private int Number(Group group)
    {
        int wholes = 0;
        for (Request? member = group.First; member is not null; member = member.NextMember)
        {
            member.Whole.Part = -1;
            _members.Add(member);
        }
        Grow(ref _same, _members.Count);
        Grow(ref _lastOf, _members.Count);
        Grow(ref _before, _members.Count);
        foreach (Request member in _members)
        {
            if (member.Whole is not { Part: -1 } whole)
                continue;
            whole.Part = wholes;
            _same[wholes] = wholes++;
        }
        return wholes;
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

    /// <summary>What was taken from other hosts: connections and bytes.</summary>
    private void FindReceived()
    {
        _overlaps.Clear();
        foreach (Request member in _members)
        {
            for (Step? step = member.FirstStep; step is not null; step = step.Next)
            {
                for (Link? link = step.Received; link is not null; link = link.Next)
                {
                    if (link.Kind == EdgeKind.Message)
                    {
                        link.IsJoined = false;
                        if (link.From.Refused is null && step.Refused is null)
                            _overlaps.Add(new Overlap(step, link));
                        continue;
                    }
                    link.IsJoined = true;
                    if (step.Channel!.Connection!.End!.Pair!.IsFirstUsersAccept)
                        Unite(member, link.From.Request!);
                }
            }
        }
    }

    private void JoinBytes()
    {
        if (_overlaps.Count == 0)
            return;
        _overlaps.Sort(Overlap.Order);
        _asked.Clear();
        // Questions first: who asked tells whose the answers are.
        _open.Clear();
        int at = 0;
        while (at < _overlaps.Count && !_overlaps[at].IsAnswer)
            at = TakeReading(at);
        JoinAll();
        while (at < _overlaps.Count)
            at = TakeReading(at);
        JoinAll();
        foreach (Reading reading in _open)
            Ask(reading);
    }

    private int TakeReading(int first)
    {
        int end = first + 1;
        while (end < _overlaps.Count && _overlaps[end].IsOfSameReading(_overlaps[first]))
            end++;
        _open.Add(new Reading(first, end - first));
        return end;
    }

    /// <summary>A join may decide another that was open; without any, what is open stays open.</summary>
    private void JoinAll()
    {
        for (int before = _open.Count + 1; _open.Count < before && _open.Count > 0;)
        {
            before = _open.Count;
            _open.RemoveAll(_tryJoin);
        }
    }

    private bool TryJoin(Reading reading)
    {
        Overlap first = _overlaps[reading.First];
        int sender = PartOf(first.Link.From.Request!);
        Request receiver = first.Receive.Request!;
        bool isOther = first.IsAnswer && PartOf(receiver) != sender;
        for (int i = 0; i < reading.Count; i++)
        {
            Request from = _overlaps[reading.First + i].Link.From.Request!;
            if (PartOf(from) != sender || (isOther && _asked.Contains(from)))
                return false;
        }
        if (!first.IsAnswer)
            _asked.Add(receiver);
        for (int i = 0; i < reading.Count; i++)
            _overlaps[reading.First + i].Link.IsJoined = true;
        Unite(receiver, first.Link.From.Request!);
        return true;
    }

    private void Ask(Reading reading)
    {
        List<Overlap> overlaps = _overlaps.GetRange(reading.First, reading.Count);
        foreach (var read in overlaps.GroupBy(o => o.Receive))
            Ask(read.Key, new OpenQuestion("one request's bytes came from calls of several requests",
                [.. read.Select(o => $"{o.Link.Evidence}: {o.Link.From.Describe()}")]));
        foreach (var write in overlaps.GroupBy(o => o.Link.From))
            Ask(write.Key, new OpenQuestion("its bytes were read together with another request's",
                [.. write.Select(o => $"{o.Link.Evidence}: {o.Receive.Describe()}")]));
    }

    /// <summary>Connections of the group that several others fit.</summary>
    private void AskEnds()
    {
        foreach (Request member in _members)
            foreach (Connection connection in member.Connections)
                if (connection.End is { Pair: null, Question: { } question } end && end.Start.Request == member)
                    Ask(end.Start, new OpenQuestion(question.Reason, question.Choices));
    }

    private void Ask(Step step, OpenQuestion question)
    {
        _left.Add(step);
        step.Leave(question);
    }

    private static void Grow(ref int[] array, int count)
    {
        if (array.Length < count)
            array = new int[Math.Max(count, 2 * array.Length)];
    }
}
