namespace STrace.OpenFlow;

/// <summary>Takes the packet through connection tracking, which may rewrite its addresses (<c>NXAST_CT</c>, <c>nx_action_conntrack</c>).</summary>
/// <param name="Flags">Bit 0: commit the connection. Bit 1: force it.</param>
/// <param name="ZoneSource">The field that holds the zone, as in <see cref="NiciraField"/>; 0 when <paramref name="Zone"/> is the zone itself.</param>
/// <param name="Zone">The zone, or which bits of the field.</param>
/// <param name="TableId">Where the packet is looked up again; <see cref="OpenFlowConstants.AllTables"/> for nowhere.</param>
/// <param name="ApplicationGateway">The port of the protocol whose connections are followed (21 FTP, 69 TFTP); 0 for none.</param>
/// <param name="Actions">What is done there: <see cref="NiciraAddressTranslationAction"/> among it.</param>
public sealed record NiciraConnectionTrackingAction(
    ushort Flags, uint ZoneSource, ushort Zone, byte TableId, ushort ApplicationGateway, IReadOnlyList<OpenFlowAction> Actions) : NiciraAction
{
    //  10      12         16              18             19    22    24
    // +-------+----------+---------------+--------------+-----+-----+--------- - -
    // | flags | zone_src | zone_imm/bits | recirc_table | pad | alg | actions
    // +-------+----------+---------------+--------------+-----+-----+--------- - -
    private const int PaddingLength = 3;
    private const ushort Commit = 1 << 0;
    private const ushort Force = 1 << 1;
    private const int CountBits = 6;
    private const ushort FtpPort = 21;
    private const ushort TftpPort = 69;

    /// <summary><c>ct(commit,zone=5,nat(src=10.0.0.1))</c>.</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        if ((Flags & Commit) != 0)
            parts.Add("commit");
        if ((Flags & Force) != 0)
            parts.Add("force");
        if (TableId != OpenFlowConstants.AllTables)
            parts.Add($"table={TableId}");
        if (ZoneSource != 0)
            parts.Add($"zone={NiciraField.Bits(ZoneSource, Zone >> CountBits, (Zone & ((1 << CountBits) - 1)) + 1)}");
        else if (Zone != 0)
            parts.Add($"zone={Zone}");
        var texts = Actions.Select(action => action.ToString()!).ToList();
        parts.AddRange(texts.Where(IsTranslation));
        if (texts.Exists(text => !IsTranslation(text)))
            parts.Add($"exec({string.Join(',', texts.Where(text => !IsTranslation(text)))})");
        if (ApplicationGateway != 0)
            parts.Add("alg=" + ApplicationGateway switch { FtpPort => "ftp", TftpPort => "tftp", _ => $"{ApplicationGateway}" });
        return parts.Count == 0 ? "ct" : $"ct({string.Join(',', parts)})";
    }

    internal static NiciraConnectionTrackingAction? Read(ref WireReader reader)
    {
        var (flags, zoneSource, zone, tableId) = (reader.ReadUInt16(), reader.ReadUInt32(), reader.ReadUInt16(), reader.ReadByte());
        reader.ReadPadding(PaddingLength);
        var gateway = reader.ReadUInt16();
        var actions = OpenFlowAction.ReadAll(ref reader);
        return actions.Any(IsConnectionTracking)
            ? null
            : new NiciraConnectionTrackingAction(flags, zoneSource, zone, tableId, gateway, actions);
    }

    private static bool IsTranslation(string text) => text.StartsWith("nat", StringComparison.Ordinal);
}
