using System.Buffers.Binary;
using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>What a rule's actions do to addresses and ports; of several copies that leave, to the last.</summary>
/// <param name="Copies">As in <see cref="RewriteRule"/>.</param>
/// <param name="Doubt">As in <see cref="RewriteRule"/>.</param>
internal sealed record AddressChange(
    IpAddress? Source, IpAddress? Destination, ushort? SourcePort, ushort? DestinationPort, BitCopies Copies, string? Doubt)
{
    private const int AddressWidth = 32;

    // Where these actions name the field that they write, behind the vendor: nx_action_multipath, nx_action_bundle, nx_action_stack, and
    // the entry of reg_load2.
    private const int MultipathField = 20;
    private const int BundleField = 16;
    private const int StackField = 4;
    private const int Load2Field = 8;

    /// <returns>Null where no changed packet leaves.</returns>
    public static AddressChange? Of(Match match, IReadOnlyList<OpenFlowAction> actions)
    {
        if (!actions.Any(action => action is SetNwSrcAction or SetNwDstAction or SetTpSrcAction or SetTpDstAction or VendorAction))
            return null;
        var bits = new AddressBits(match.NwProto);
        AddressBits? left = null;
        string? learns = null;
        foreach (var action in actions)
        {
            if (action is VendorAction learn && NiciraAction.TypeOf(learn) == NiciraActionType.Learn && LearnedRule.ChangesAddresses(learn))
                learns = "the rules that its learn action makes change addresses; they are known only where the switch tells of them";
            if (action is VendorAction exit && NiciraAction.TypeOf(exit) == NiciraActionType.Exit)
                break;
            if (Do(action, bits))
                left = bits.Copy();
            if (IsDetour(action))
                bits.Lose(action); // what is found there stays done to the packet
        }
        if (left is { IsKnown: false })
            return Unknown($"the rule does not tell what {left.Unclear} makes of addresses");
        var change = left is null ? null : Changes(left, match);
        return learns is null ? change : (change ?? Unknown(learns)) with { Doubt = learns };
    }

    /// <summary>A change of which nothing is known.</summary>
    public static AddressChange Unknown(string doubt) => new(null, null, null, null, BitCopies.None, doubt);

    /// <returns>Whether the packet may leave, as it is behind the action.</returns>
    private static bool Do(OpenFlowAction action, AddressBits bits)
    {
        switch (action)
        {
            case OutputAction or EnqueueAction:
                return true;
            case SetNwSrcAction set:
                bits.Set(AddressField.Source, set.Address.Value);
                return false;
            case SetNwDstAction set:
                bits.Set(AddressField.Destination, set.Address.Value);
                return false;
            case SetTpSrcAction set:
                bits.Set(AddressField.SourcePort, set.Port);
                return false;
            case SetTpDstAction set:
                bits.Set(AddressField.DestinationPort, set.Port);
                return false;
            case VendorAction vendor:
                return Do(vendor, bits);
            default:
                return false;
        }
    }

    /// <summary>Whether the action leaves addresses and registers alone, and sends the packet nowhere.</summary>
    public static bool IsHarmless(VendorAction action) => NiciraAction.TypeOf(action) is
        NiciraActionType.SetTunnel or NiciraActionType.SetTunnel64 or NiciraActionType.SetQueue or NiciraActionType.PopQueue or
        NiciraActionType.Note or NiciraActionType.Learn or NiciraActionType.DecrementTtl or NiciraActionType.DecrementTtlTo or
        NiciraActionType.FinTimeout or NiciraActionType.WriteMetadata or NiciraActionType.StackPush or NiciraActionType.Sample or
        NiciraActionType.Conjunction or NiciraActionType.ConnectionTrackingClear;

    private static bool Do(VendorAction action, AddressBits bits)
    {
        switch (NiciraAction.Of(action))
        {
            case NiciraRegisterLoadAction load:
                bits.Write(load.Destination, load.FirstBit, AddressBits.Constant(load.Value, load.BitCount), action);
                return false;
            case NiciraRegisterMoveAction move:
                bits.Write(
                    move.Destination, move.DestinationFirstBit, bits.Read(move.Source, move.SourceFirstBit, move.BitCount), action);
                return false;
            case NiciraConnectionTrackingAction track when !track.Actions.Any(IsTranslation):
                return track.TableId != OpenFlowConstants.AllTables;
        }
        if (IsHarmless(action))
            return false;
        switch (NiciraAction.TypeOf(action))
        {
            case NiciraActionType.Multipath:
                WriteUnknown(action, MultipathField, bits);
                return false;
            case NiciraActionType.BundleLoad:
                WriteUnknown(action, BundleField, bits);
                return false;
            case NiciraActionType.StackPop:
                WriteUnknown(action, StackField, bits);
                return false;
            case NiciraActionType.RegisterLoad2:
                WriteUnknown(action, Load2Field, bits);
                return false;
            case NiciraActionType.Bundle or NiciraActionType.OutputRegister or NiciraActionType.OutputRegister2 or
                NiciraActionType.OutputTruncated or NiciraActionType.Controller or NiciraActionType.Controller2 or
                NiciraActionType.Resubmit or NiciraActionType.ResubmitTable:
                return true;
            default:
                bits.Lose(action);
                return true;
        }
    }

    /// <summary>Other rules have the packet, and give it back.</summary>
    private static bool IsDetour(OpenFlowAction action) =>
        action is VendorAction vendor && NiciraAction.TypeOf(vendor) is NiciraActionType.Resubmit or NiciraActionType.ResubmitTable;

    private static bool IsTranslation(OpenFlowAction action) =>
        action is VendorAction vendor && NiciraAction.TypeOf(vendor) == NiciraActionType.AddressTranslation;

    private static void WriteUnknown(VendorAction action, int fieldOffset, AddressBits bits)
    {
        if (action.Data.Length < fieldOffset + sizeof(uint))
        {
            bits.Lose(action);
            return;
        }
        var header = NiciraField.WithoutMask(BinaryPrimitives.ReadUInt32BigEndian(action.Data.Span[fieldOffset..]));
        bits.Write(header, 0, AddressBits.UnknownBits(1), action);
    }

    private static AddressChange? Changes(AddressBits bits, Match match)
    {
        var copies = new List<BitCopy>();
        var set = Enum.GetValues<AddressField>().Select(field => Change(bits[field], field, match, copies)).ToList();
        return set.TrueForAll(value => value is null)
            ? null
            : new AddressChange(
                set[0] is { } source ? IpAddress.FromV4(source) : null,
                set[1] is { } destination ? IpAddress.FromV4(destination) : null,
                (ushort?)set[2], (ushort?)set[3], copies.Count == 0 ? BitCopies.None : new BitCopies(copies), null);
    }

    /// <summary>The new value, with 0 in the place of bits that only a packet tells: these are added to the copies. Null: it stays.</summary>
    private static uint? Change(short[] bits, AddressField to, Match match, List<BitCopy> copies)
    {
        if (bits.SequenceEqual(AddressBits.Old(to)))
            return null;
        var value = 0u;
        for (var bit = 0; bit < bits.Length; bit++)
        {
            if (!AddressBits.IsOld(bits[bit], out var from, out var fromBit))
                value |= (uint)bits[bit] << bit;
            else if (Told(match, from, fromBit) is { } told)
                value |= told << bit;
            else if (copies.Count > 0 && copies[^1] is var last && last == new BitCopy(from, fromBit - last.Count, to, bit - last.Count, last.Count))
                copies[^1] = last with { Count = last.Count + 1 };
            else
                copies.Add(new BitCopy(from, fromBit, to, bit, 1));
        }
        return value;
    }

    /// <summary>What every packet that the match takes has there; null where they differ.</summary>
    private static uint? Told(Match match, AddressField field, int bit)
    {
        var (value, firstTold) = field switch
        {
            AddressField.Source => (match.NwSrc?.Value, AddressWidth - match.NwSrcPrefixLength),
            AddressField.Destination => (match.NwDst?.Value, AddressWidth - match.NwDstPrefixLength),
            AddressField.SourcePort => (match.TpSrc, 0),
            _ => (match.TpDst, 0),
        };
        return bit >= firstTold ? (value >> bit) & 1 : null;
    }
}
