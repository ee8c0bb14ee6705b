using System.Runtime.InteropServices;
using STrace.AgentProtocol.Tests;

namespace STrace.Agent.Tests;

/// <summary>Holds the arena's structs against native/include/strace_wire.h, field by field.</summary>
public sealed class ArenaLayoutTests
{
    [Theory]
    [InlineData("st_arena", typeof(ArenaHeader))]
    [InlineData("st_ring", typeof(RingHeader))]
    public void Header_AgainstTheHeaderFile_HasTheSameFieldSizesInTheSameOrder(string name, Type type)
    {
        int[] native = [.. WireHeader.NativeFieldSizes(name)];

        Assert.Equal(native, WireHeader.ManagedFieldSizes(type));
        Assert.Equal(native.Sum(), Marshal.SizeOf(type));
    }

    [Theory]
    [InlineData(typeof(ArenaHeader))]
    [InlineData(typeof(RingHeader))]
    public void Header_ItsFields_LieOneBehindTheOther(Type type)
    {
        int end = 0;
        foreach (var field in type.GetFields().Where(f => !f.IsStatic))
        {
            Assert.Equal(end, (int)Marshal.OffsetOf(type, field.Name));
            end += Marshal.SizeOf(field.FieldType);
        }
        Assert.Equal(Marshal.SizeOf(type), end);
    }

    [Theory]
    [InlineData("ST_WIRE_MAGIC", ArenaHeader.WireMagic)]
    [InlineData("ST_WIRE_VERSION", ArenaHeader.WireVersion)]
    [InlineData("ST_ARENA_HEADER_BYTES", ArenaHeader.Bytes)]
    [InlineData("ST_CLOCK_MONOTONIC", ArenaHeader.ClockMonotonic)]
    [InlineData("ST_CLOCK_TSC", ArenaHeader.ClockTsc)]
    [InlineData("ST_POLICY_BLOCK", ArenaHeader.PolicyBlock)]
    [InlineData("ST_RING_FREE", RingHeader.Free)]
    [InlineData("ST_CALL_UNSETTLED", RingHeader.Unsettled)]
    public void Constant_AgainstTheHeaderFile_IsEqual(string name, uint value) => Assert.Equal(value, WireHeader.Constant(name));

    [Fact]
    public void RingHeader_Bytes_AreTheStructs() => Assert.Equal(RingHeader.Bytes, Marshal.SizeOf<RingHeader>());
}
