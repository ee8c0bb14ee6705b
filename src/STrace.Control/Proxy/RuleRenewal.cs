using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Gives all rules of a switch the mirror, or takes it away. Modified strictly, a rule keeps its counters and timeouts (section 4.6); the
/// record holds it without the mirror.
/// </summary>
/// <param name="earlier">The port that mirrors lead to now.</param>
/// <param name="port">Where they are to lead; null for nowhere.</param>
internal sealed class RuleRenewal(Datapath datapath, ushort? earlier, ushort? port)
{
    private const string OpenVSwitch = "Nicira";

    // NXST_FLOW: nx_flow_stats_request, and nx_flow_stats in the answer
    private const int KindLength = 8;
    private const int EntryTable = 2;
    private const int EntryPriority = 12;
    private const int EntryMatchLength = 18;
    private const int EntryCookie = 24;
    private const int EntryMatch = 48;

    // nx_flow_mod, behind the subtype
    private const int RuleMatchLength = 24;
    private const int RuleMatch = 32;

    private static readonly byte[] EveryRule = [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0xff, 0, 0, 0];
    private static readonly byte[] Yes = [1, 0, 0, 0, 0, 0, 0, 0];

    /// <param name="namesTables">Whether an upstream has the switch take commands with a table.</param>
    /// <exception cref="ControlException">The switch did not answer.</exception>
    public async Task RunAsync(bool namesTables, CancellationToken cancellationToken)
    {
        var nicira = await NiciraRulesAsync(cancellationToken);
        if (nicira.Any(IsBeyondOpenFlow10))
        {
            datapath.Send(NiciraFields.Message(NiciraMessageType.FlowModTableId, Yes, datapath.NextXid()));
            nicira.ForEach(rule => Renew(OpenFlowCodec.Encode(rule)));
            if (!namesTables)
                datapath.Send(NiciraFields.Message(NiciraMessageType.FlowModTableId, new byte[Yes.Length], datapath.NextXid()));
        }
        else
        {
            var parts = await datapath.RequestAsync(new StatsRequestMessage { Body = new FlowStatsRequest() }, cancellationToken);
            foreach (var flow in parts.OfType<StatsReplyMessage>().SelectMany(part => ((FlowStatsReply)part.Body).Entries))
                Renew(OpenFlowCodec.Encode(Rule(flow)));
        }
        await datapath.BarrierAsync(cancellationToken);
    }

    /// <param name="standing">What would make the rule as it stands.</param>
    private void Renew(byte[] standing)
    {
        var plain = earlier is { } hidden && MirroredRules.Take(standing, hidden) is { } without ? without : standing;
        var wire = port is { } mirror && MirroredRules.Add(plain, mirror) is { } mirrored ? mirrored : plain;
        if (!wire.AsSpan().SequenceEqual(standing))
            datapath.Forward(wire, plain);
    }

    private FlowModMessage Rule(FlowStats flow) => new()
    {
        Xid = datapath.NextXid(),
        Command = FlowModCommand.ModifyStrict,
        Match = flow.Match,
        Cookie = flow.Cookie,
        Priority = flow.Priority,
        IdleTimeoutSeconds = flow.IdleTimeoutSeconds,
        HardTimeoutSeconds = flow.HardTimeoutSeconds,
        Actions = flow.Actions,
    };

    /// <summary>The rules of an Open vSwitch, which may be such as OpenFlow 1.0 has no words for; none of another switch.</summary>
    private async Task<List<VendorMessage>> NiciraRulesAsync(CancellationToken cancellationToken)
    {
        var rules = new List<VendorMessage>();
        if (datapath.Description?.Manufacturer.StartsWith(OpenVSwitch, StringComparison.Ordinal) != true)
            return rules;
        var request = new StatsRequestMessage { Body = new VendorStatsRequest(NiciraMessage.VendorId, EveryRule) };
        var parts = await datapath.RequestAsync(request, cancellationToken);
        foreach (var part in parts.OfType<StatsReplyMessage>())
        {
            for (var rest = ((VendorStatsReply)part.Body).Data.Span[KindLength..]; rest.Length >= EntryMatch;)
            {
                int length = OpenFlowFields.U16(rest, 0);
                if (length < EntryMatch || length > rest.Length)
                    break;
                rules.Add(NiciraRule(rest[..length]));
                rest = rest[length..];
            }
        }
        return rules;
    }

    /// <summary>NXT_FLOW_MOD, MODIFY_STRICT, with the table in the upper byte of the command.</summary>
    private VendorMessage NiciraRule(ReadOnlySpan<byte> entry)
    {
        var body = new byte[RuleMatch + entry.Length - EntryMatch];
        entry.Slice(EntryCookie, sizeof(ulong)).CopyTo(body);
        body[8] = entry[EntryTable];
        body[9] = (byte)FlowModCommand.ModifyStrict;
        OpenFlowFields.Write(body, 10, OpenFlowFields.U16(entry, EntryPriority + 2)); // idle and hard timeout follow the priority
        OpenFlowFields.Write(body, 12, OpenFlowFields.U16(entry, EntryPriority + 4));
        OpenFlowFields.Write(body, 14, OpenFlowFields.U16(entry, EntryPriority));
        OpenFlowFields.Write(body, 16, OpenFlowConstants.NoBuffer);
        OpenFlowFields.Write(body, 20, PortNumber.None);
        OpenFlowFields.Write(body, RuleMatchLength, OpenFlowFields.U16(entry, EntryMatchLength));
        entry[EntryMatch..].CopyTo(body.AsSpan(RuleMatch));
        return NiciraFields.Message(NiciraMessageType.FlowMod, body, datapath.NextXid());
    }

    /// <summary>Whether FLOW_MOD would mean another rule: one with fewer conditions, or one in the first table.</summary>
    private static bool IsBeyondOpenFlow10(VendorMessage rule) =>
        rule.Data.Span[sizeof(uint) + 8] != 0 || NiciraMessage.Of(rule) is not NiciraFlowMod { Match.Others.Count: 0 };
}
