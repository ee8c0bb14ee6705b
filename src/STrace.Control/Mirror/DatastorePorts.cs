using System.Collections.Concurrent;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// At which port of which switch a datastore listens, and whether data are recorded now. While they are, every rule that
/// sends packets anywhere gets an output to the datastore on its way to the switch. Thread-safe.
/// </summary>
public sealed class DatastorePorts
{
    private readonly ConcurrentDictionary<ulong, ushort> _ports = new();
    private volatile bool _recording;

    /// <summary>A datastore came or went at this switch. Must not block.</summary>
    public event Action<ulong>? Changed;

    /// <summary>
    /// Whether rules get the mirror. After a change, <see cref="Controller.ForgetFlowsAsync"/> has the rules that stand
    /// installed anew.
    /// </summary>
    public bool Recording
    {
        get => _recording;
        set => _recording = value;
    }

    /// <summary>The switches that have a datastore.</summary>
    public IReadOnlyCollection<ulong> Switches => [.. _ports.Keys];

    /// <summary>Whether rules of this switch get the mirror.</summary>
    public bool Mirrors(ulong dpid) => _recording && _ports.ContainsKey(dpid);

    /// <summary>The datastore's port at this switch; null where it has none.</summary>
    public ushort? Find(ulong dpid) => _ports.TryGetValue(dpid, out var port) ? port : null;

    /// <summary>A datastore listens; it takes the place of another at the same switch.</summary>
    public void Set(ulong dpid, ushort port)
    {
        _ports[dpid] = port;
        Changed?.Invoke(dpid);
    }

    /// <summary>The datastore at this port is gone; nothing where another has taken its place.</summary>
    public void Remove(ulong dpid, ushort port)
    {
        if (_ports.TryRemove(KeyValuePair.Create(dpid, port)))
            Changed?.Invoke(dpid);
    }

    /// <summary>
    /// The rule with the datastore's port as its first output, so that the datastore sees packets as they entered, before any
    /// change to them; null where the rule gets no mirror.
    /// </summary>
    internal FlowModMessage? Mirror(ulong dpid, FlowModMessage rule)
    {
        var installs = rule.Command is FlowModCommand.Add or FlowModCommand.Modify or FlowModCommand.ModifyStrict;
        return _recording && installs && Find(dpid) is { } port && rule.Actions.Any(action => action is OutputAction or EnqueueAction)
            ? rule with { Actions = [new OutputAction(port), .. rule.Actions] }
            : null;
    }
}
