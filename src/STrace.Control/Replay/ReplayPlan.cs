using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>What a replay of one session does, in order. Built from the session alone.</summary>
public sealed record ReplayPlan
{
    public required IReadOnlyList<ReplayStep> Steps { get; init; }

    public required RecordedTopology Topology { get; init; }

    /// <summary>Every mirrored frame, and where it entered its switch.</summary>
    public required IReadOnlyList<PlacedFrame> Frames { get; init; }

    /// <summary>FLOW_MODs and PACKET_OUTs that the switches refused.</summary>
    public int Refused { get; init; }

    /// <summary>Rules that the option <see cref="ReplayPlanOptions.Without"/> kept out.</summary>
    public int Without { get; init; }

    /// <summary>Packets that the option <see cref="ReplayPlanOptions.Only"/> left out.</summary>
    public int NotSelected { get; init; }

    /// <summary>Mirrored frames that are the copies of PACKET_OUTs through the table.</summary>
    public int SentByController { get; init; }

    /// <summary>Mirrored frames that came from another switch, whose own copy is injected.</summary>
    public int Transit { get; init; }

    /// <summary>Mirrored frames of which the session does not tell where they entered.</summary>
    public int Unplaced { get; init; }

    /// <summary>
    /// Packets, by <see cref="FrameIdentity.Key"/>, that came to the controller at a switch and were not sent on from there: ARP
    /// requests that it answered itself, say. They do not come out of a replay either.
    /// </summary>
    internal IReadOnlySet<string> Absorbed { get; init; } = new HashSet<string>();

    /// <summary>
    /// The rules of the snapshot, then FLOW_MODs, PACKET_OUTs and the frames that entered at the edge, in the order of their
    /// times. Left out: LLDP, and what the switches refused.
    /// </summary>
    /// <param name="messages">In the order in which they were recorded.</param>
    /// <param name="frames">In the order of their times, for each switch.</param>
    public static ReplayPlan Build(
        IEnumerable<RecordedControlMessage> messages, IEnumerable<MirroredFrame> frames, ReplayPlanOptions? options = null)
    {
        options ??= new ReplayPlanOptions();
        var entries = ControlTimeline.Decode(messages);
        if (options.HeadersOnly)
        {
            entries = entries.ConvertAll(entry => entry with { Message = WithoutPayload(entry.Message) });
            frames = frames.Select(frame => frame with { Frame = Control.HeadersOnly.Of(frame.Frame) });
        }
        var plan = new ReplayPlanBuilder(entries, options).Build(frames);
        if (options.Only is not { } only)
            return plan;
        var kept = plan.Steps.Where(step => IsWanted(step, only)).ToList();
        return plan with { Steps = kept, NotSelected = plan.Steps.Count - kept.Count };
    }

    private static bool IsWanted(ReplayStep step, FlowSelection only) => step switch
    {
        InjectFrame frame => only.Takes(frame.Port, frame.Frame.Span),
        SendPacket packet => only.Takes(packet.Message.InPort, packet.Message.Data.Span),
        _ => true,
    };

    private static OpenFlowMessage WithoutPayload(OpenFlowMessage message) => message switch
    {
        PacketInMessage packet => packet with { Data = Control.HeadersOnly.Of(packet.Data) },
        PacketOutMessage packet => packet with { Data = Control.HeadersOnly.Of(packet.Data) },
        _ => message,
    };
}

/// <summary>How a plan differs from the whole session.</summary>
public sealed record ReplayPlanOptions
{
    /// <summary>Rules to be left out; null leaves out none.</summary>
    public Func<FlowModMessage, bool>? Without { get; init; }

    /// <summary>The packets that are sent, by their headers where they entered; null is all of them. Rules all stay.</summary>
    public FlowSelection? Only { get; init; }

    /// <summary>Packets are sent without what they carried: zeros of the same length, checksums right.</summary>
    public bool HeadersOnly { get; init; }

    /// <summary>For <see cref="Without"/>: rules that change addresses or ports.</summary>
    public static bool Rewrites(FlowModMessage rule) =>
        rule.Actions.Any(action => action is SetNwSrcAction or SetNwDstAction or SetTpSrcAction or SetTpDstAction);
}
