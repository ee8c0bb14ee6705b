using System.Runtime.InteropServices;
using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.AgentProtocol.Tests;

/// <summary>Holds the .NET structs against native/include/strace_wire.h, field by field.</summary>
public sealed class WireLayoutTests
{
    [Theory]
    [InlineData("st_record", typeof(CallRecord))]
    [InlineData("st_object", typeof(ObjectRecord))]
    [InlineData("st_thread", typeof(ThreadRecord))]
    [InlineData("st_cont", typeof(ContinuationRecord))]
    [InlineData("st_mark", typeof(MarkRecord))]
    [InlineData("st_context", typeof(ContextRecord))]
    [InlineData("st_child", typeof(ChildRecord))]
    public void Record_AgainstTheHeader_HasTheSameFieldSizesInTheSameOrder(string name, Type type)
    {
        int[] native = [.. WireHeader.NativeFieldSizes(name)];
        int[] managed = [.. WireHeader.ManagedFieldSizes(type)];

        Assert.Equal(WireRecord.Bytes, native.Sum());
        Assert.Equal(WireRecord.Bytes, Marshal.SizeOf(type));
        Assert.Equal(native, managed);
    }

    [Theory]
    [InlineData("ST_REC_OBJECT", WireRecord.ObjectOp)]
    [InlineData("ST_REC_CONT", WireRecord.ContinuationOp)]
    [InlineData("ST_REC_LOST", WireRecord.LostOp)]
    [InlineData("ST_REC_THREAD", WireRecord.ThreadOp)]
    [InlineData("ST_REC_MARK", WireRecord.MarkOp)]
    [InlineData("ST_REC_CONTEXT", WireRecord.ContextOp)]
    [InlineData("ST_REC_CHILD", WireRecord.ChildOp)]
    [InlineData("ST_F_PEER", WireRecord.CallPeerFlag)]
    [InlineData("ST_F_CHILD", WireRecord.ChildFlag)]
    [InlineData("ST_MARK_START", (int)MarkTraits.Start)]
    [InlineData("ST_MARK_END", (int)MarkTraits.End)]
    [InlineData("ST_MARK_REQUEST", (int)MarkTraits.Request)]
    [InlineData("ST_MARK_RESPONSE", (int)MarkTraits.Response)]
    [InlineData("ST_MARK_LAST", (int)MarkTraits.Last)]
    [InlineData("ST_MARK_UPGRADE", (int)MarkTraits.Upgrade)]
    [InlineData("ST_MARK_RESYNC", (int)MarkTraits.Resync)]
    [InlineData("ST_F_CONT_MASK", WireRecord.ContinuationMask)]
    [InlineData("ST_OBJ_CREATED", ObjectRecord.Created)]
    [InlineData("ST_OBJ_UPDATE", ObjectRecord.Update)]
    [InlineData("ST_OBJ_LISTENING", ObjectRecord.Listening)]
    public void Constant_AgainstTheHeader_IsEqual(string name, int value) => Assert.Equal(value, WireHeader.Constant(name));
}
