using System.Buffers.Binary;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The rules that a <c>learn</c> action makes of packets (<c>NXAST_LEARN</c>, <c>nx_action_learn</c>).</summary>
internal static class LearnedRule
{
    //  0         2      4      6          8        16      18         19    20         22         24      behind the vendor
    // +---------+------+------+----------+--------+-------+----------+-----+----------+----------+------- - -
    // | subtype | idle | hard | priority | cookie | flags | table_id | pad | fin_idle | fin_hard | parts, a zero header, padding
    // +---------+------+------+----------+--------+-------+----------+-----+----------+----------+------- - -
    private const int Parts = 24;

    // A part: how many bits come from where (a number, or a field and an offset), and go where (a field and an offset, or an output).
    private const int CountBits = 0x07ff;
    private const int FromNumber = 1 << 13;
    private const int ToBits = 3 << 11;
    private const int ToLoad = 1 << 11;
    private const int ToOutput = 2 << 11;
    private const int FieldLength = 6;

    /// <summary>Whether they load addresses or ports. An action that is not understood may.</summary>
    public static bool ChangesAddresses(VendorAction learn)
    {
        var data = learn.Data.Span;
        for (var at = Parts; at + sizeof(ushort) <= data.Length;)
        {
            int part = BinaryPrimitives.ReadUInt16BigEndian(data[at..]);
            if (part == 0)
                return false;
            at += sizeof(ushort) + ((part & FromNumber) != 0 ? ((part & CountBits) + 15) / 16 * sizeof(ushort) : FieldLength);
            if ((part & ToBits) == ToOutput)
                continue;
            if (at + FieldLength > data.Length)
                return true;
            if ((part & ToBits) == ToLoad && AddressBits.IsAddress(BinaryPrimitives.ReadUInt32BigEndian(data[at..])))
                return true;
            at += FieldLength;
        }
        return data.Length < Parts;
    }
}
