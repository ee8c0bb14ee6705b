using STrace.Model;

namespace STrace.Original;

/// <summary>The same answers as <see cref="ScannedMembers"/>, from tables, so that recordings of real size can be judged.</summary>
internal sealed class IndexedMembers : IPathMembers
{
    private readonly HashSet<(string Host, int Lwp)> _threads = [];
    private readonly HashSet<(string Host, long Pid)> _forked = [];
    private readonly HashSet<(string Host, string Path)> _paths = [];
    private readonly HashSet<(string Host, ChannelKind Kind, long Id)> _ipc = [];
    private readonly Dictionary<(string Host, int Pid, long Descriptor), bool> _isOpen = [];
    private readonly Dictionary<(string Host, int Ppid, long Descriptor), bool> _isOpenInChild = [];

    public void Add(WrapperNode node)
    {
        _threads.Add((node.Host, node.Lwp));
        if (node.Operation == Operation.Fork)
            _forked.Add((node.Host, node.Argument1));
        if (node.Path is { } path)
            _paths.Add((node.Host, path));
        if (node.Ipc is { Id: >= 0 } ipc)
            _ipc.Add((node.Host, ipc.Kind, ipc.Id));
        AddDescriptor(node, node.Descriptors.First);
        AddDescriptor(node, node.Descriptors.Second);
    }

    public bool IsLinked(WrapperNode node) =>
        _threads.Contains((node.Host, node.Lwp)) ||
        _forked.Contains((node.Host, node.Pid)) ||
        (node.Path is { } path && _paths.Contains((node.Host, path))) ||
        (node.Ipc is { } ipc && _ipc.Contains((node.Host, ipc.Kind, ipc.Id))) ||
        HasDescriptor(node, node.Descriptors.First) ||
        HasDescriptor(node, node.Descriptors.Second);

    private void AddDescriptor(WrapperNode node, long descriptor)
    {
        if (descriptor < 0)
            return;
        _isOpen[(node.Host, node.Pid, descriptor)] = !node.ClosesDescriptor;
        _isOpenInChild[(node.Host, node.Ppid, descriptor)] = !node.ClosesDescriptor;
    }

    private bool HasDescriptor(WrapperNode node, long descriptor) =>
        descriptor >= 0 &&
        (_isOpen.GetValueOrDefault((node.Host, node.Pid, descriptor)) ||
         _isOpen.GetValueOrDefault((node.Host, node.Ppid, descriptor)) ||
         _isOpenInChild.GetValueOrDefault((node.Host, node.Pid, descriptor)));
}
