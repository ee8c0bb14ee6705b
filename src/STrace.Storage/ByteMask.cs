using System.Numerics;
using System.Runtime.Intrinsics.X86;

namespace STrace.Storage;

/// <summary>Picks bytes out of a word and puts them back; bit i of a mask stands for byte i, counted from the lowest.</summary>
internal static class ByteMask
{
    private const ulong LowBits = 0x0101010101010101;

    /// <summary>0xff for each bit of the mask.</summary>
    public static ulong Spread(byte mask) => Deposit(mask, LowBits) * 0xff;

    /// <summary>The bytes of the mask, one beside the other.</summary>
    public static ulong Gather(ulong bytes, byte mask)
    {
        if (Bmi2.X64.IsSupported)
            return Bmi2.X64.ParallelBitExtract(bytes, Spread(mask));
        ulong gathered = 0;
        int count = 0;
        for (uint left = mask; left != 0; left &= left - 1)
            gathered |= (bytes >> 8 * BitOperations.TrailingZeroCount(left) & 0xff) << 8 * count++;
        return gathered;
    }

    /// <summary>Undoes <see cref="Gather"/>; zeros between.</summary>
    public static ulong Scatter(ulong bytes, byte mask) => Deposit(bytes, Spread(mask));

    /// <summary>Puts the lowest bits of the value, in order, where the mask has bits.</summary>
    private static ulong Deposit(ulong value, ulong mask)
    {
        if (Bmi2.X64.IsSupported)
            return Bmi2.X64.ParallelBitDeposit(value, mask);
        ulong deposited = 0;
        for (; mask != 0; mask &= mask - 1, value >>= 1)
            deposited |= (value & 1) << BitOperations.TrailingZeroCount(mask);
        return deposited;
    }
}
