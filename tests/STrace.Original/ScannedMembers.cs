using STrace.Model;

namespace STrace.Original;

/// <summary>As the text has it: the path's whole list is gone through for every node, for its threads, then for its identifiers.</summary>
internal sealed class ScannedMembers : IPathMembers
{
    private readonly List<WrapperNode> _list = [];

    public void Add(WrapperNode node) => _list.Add(node);

    public bool IsLinked(WrapperNode node)
    {
        foreach (WrapperNode member in _list)
        {
            if (member.Lwp == node.Lwp && member.Host == node.Host)
                return true;
        }
        Kinship closed = Kinship.None, secondClosed = Kinship.None;
        for (int i = _list.Count - 1; i >= 0; i--)
        {
            WrapperNode member = _list[i];
            if (member.Host == node.Host &&
                (Shares(member, node) ||
                 HasOpen(member, node, node.Descriptors.First, ref closed) ||
                 HasOpen(member, node, node.Descriptors.Second, ref secondClosed)))
            {
                return true;
            }
        }
        return false;
    }

    private static bool Shares(WrapperNode member, WrapperNode node) =>
        (member.Operation == Operation.Fork && member.Argument1 == node.Pid) ||
        (member.Path is { } path && path == node.Path) ||
        (member.Ipc is { Id: >= 0 } ipc && ipc == node.Ipc);

    /// <param name="closed">For whom a later member has closed the descriptor.</param>
    private static bool HasOpen(WrapperNode member, WrapperNode node, long descriptor, ref Kinship closed)
    {
        if (descriptor < 0 || !member.Names(descriptor))
            return false;
        Kinship kinship =
            (member.Pid == node.Pid ? Kinship.Same : Kinship.None) |
            (member.Pid == node.Ppid ? Kinship.Parent : Kinship.None) |
            (member.Ppid == node.Pid ? Kinship.Child : Kinship.None);
        kinship &= ~closed;
        if (member.ClosesDescriptor)
            closed |= kinship;
        return kinship != Kinship.None && !member.ClosesDescriptor;
    }

    /// <summary>What the member's process is to the node's.</summary>
    [Flags]
    private enum Kinship
    {
        None = 0,
        Same = 1,
        Parent = 2,
        Child = 4,
    }
}
