using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The flow tables of all switches, as their control messages tell them.</summary>
/// <param name="changed">Is told of every rule that begins, ends, or turns out to have done neither; null: nobody asks.</param>
internal sealed class RuleTables(Action<ulong, TableRule>? changed = null)
{
    private readonly Dictionary<ulong, RuleTable> _tables = [];

    /// <summary>Every rule that there ever was.</summary>
    public IEnumerable<(ulong Dpid, TableRule Rule)> All => _tables.SelectMany(table => table.Value.All.Select(rule => (table.Key, rule)));

    /// <param name="recorded">The message as it was recorded; in that order.</param>
    public void Apply(OpenFlowMessage message, in RecordedControlMessage recorded)
    {
        switch (message, recorded.Direction)
        {
            case (FlowModMessage flowMod, ControlDirection.ToSwitch):
                Of(recorded.Dpid).Apply(flowMod, recorded.TimeNs);
                break;
            case (ErrorMessage error, ControlDirection.FromSwitch):
                Of(recorded.Dpid).Undo(error);
                break;
            case (FlowRemovedMessage removed, ControlDirection.FromSwitch):
                Of(recorded.Dpid).Apply(removed, recorded.TimeNs);
                break;
            case (StatsReplyMessage { Body: FlowStatsReply flows }, ControlDirection.FromSwitch):
                foreach (var flow in flows.Entries)
                    Of(recorded.Dpid).Apply(flow, recorded.TimeNs);
                break;
            case (StatsReplyMessage { Body: VendorStatsReply vendor }, ControlDirection.FromSwitch):
                foreach (var flow in NiciraFlowStats.ReadAll(vendor) ?? [])
                    Of(recorded.Dpid).Apply(flow, recorded.TimeNs);
                break;
            case (VendorMessage vendor, _):
                Apply(vendor, recorded);
                break;
        }
    }

    private void Apply(VendorMessage message, in RecordedControlMessage recorded)
    {
        switch (NiciraMessage.Of(message), recorded.Direction)
        {
            case (NiciraFlowMod flowMod, ControlDirection.ToSwitch):
                Of(recorded.Dpid).Apply(flowMod, message.Xid, recorded.TimeNs);
                break;
            case (NiciraFlowModTableId tables, ControlDirection.ToSwitch):
                Of(recorded.Dpid).HasTableIds = tables.Enabled;
                break;
            case (NiciraFlowRemoved removed, ControlDirection.FromSwitch):
                Of(recorded.Dpid).Apply(removed, recorded.TimeNs);
                break;
        }
    }

    /// <summary>Ends the rules whose hard timeout has passed by then.</summary>
    public void Expire(long timeNs)
    {
        foreach (var table in _tables.Values)
            table.Expire(timeNs);
    }

    /// <summary>Forgets the rules that ended before the time.</summary>
    public void Forget(long endedBeforeNs)
    {
        foreach (var table in _tables.Values)
            table.Forget(endedBeforeNs);
    }

    private RuleTable Of(ulong dpid)
    {
        if (!_tables.TryGetValue(dpid, out var table))
            _tables[dpid] = table = new RuleTable(changed is null ? null : rule => changed(dpid, rule));
        return table;
    }
}
