using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using STrace.AgentProtocol;

namespace STrace.AgentProtocol.Tests;

/// <summary>Holds the .NET structs against native/include/strace_wire.h, field by field.</summary>
public sealed partial class WireLayoutTests
{
    private static readonly string Header = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "wire", "strace_wire.h"));

    [Theory]
    [InlineData("st_record", typeof(CallRecord))]
    [InlineData("st_object", typeof(ObjectRecord))]
    [InlineData("st_thread", typeof(ThreadRecord))]
    [InlineData("st_cont", typeof(ContinuationRecord))]
    public void Record_AgainstTheHeader_HasTheSameFieldSizesInTheSameOrder(string name, Type type)
    {
        int[] native = [.. NativeFieldSizes(name)];
        int[] managed = [.. ManagedFieldSizes(type)];

        Assert.Equal(WireRecord.Bytes, native.Sum());
        Assert.Equal(WireRecord.Bytes, Marshal.SizeOf(type));
        Assert.Equal(native, managed);
    }

    [Theory]
    [InlineData("ST_REC_OBJECT", WireRecord.ObjectOp)]
    [InlineData("ST_REC_CONT", WireRecord.ContinuationOp)]
    [InlineData("ST_REC_LOST", WireRecord.LostOp)]
    [InlineData("ST_REC_THREAD", WireRecord.ThreadOp)]
    [InlineData("ST_F_CONT_MASK", WireRecord.ContinuationMask)]
    [InlineData("ST_OBJ_CREATED", ObjectRecord.Created)]
    [InlineData("ST_OBJ_UPDATE", ObjectRecord.Update)]
    [InlineData("ST_OBJ_LISTENING", ObjectRecord.Listening)]
    public void Constant_AgainstTheHeader_IsEqual(string name, int value)
    {
        Match defined = Regex.Match(Header, $@"\b{name}\b\s*=?\s*0x([0-9a-f]+)");

        Assert.True(defined.Success, $"{name} is not in the header");
        Assert.Equal(Convert.ToInt32(defined.Groups[1].Value, 16), value);
    }

    /// <summary>Sizes of a struct's fields in bytes; a one-dimensional array counts as its elements.</summary>
    internal static IEnumerable<int> NativeFieldSizes(string name)
    {
        string body = Regex.Match(Header, $@"struct {name} \{{(.*?)\n\}};", RegexOptions.Singleline).Groups[1].Value;
        foreach (Match field in Field().Matches(Regex.Replace(body, @"/\*.*?\*/", "", RegexOptions.Singleline)))
        {
            int bytes = field.Groups["type"].Value is "char" ? 1 : int.Parse(field.Groups["bits"].Value) / 8;
            int count = field.Groups["count"].Value switch
            {
                "" => 1,
                "ST_CONT_BYTES" => ContinuationRecord.DataBytes,
                var number => int.Parse(number),
            };
            for (int i = 0; i < count; i++)
                yield return bytes;
        }
    }

    private static IEnumerable<int> ManagedFieldSizes(Type type) => type.GetFields().Where(f => !f.IsStatic).SelectMany(f =>
        f.GetCustomAttributes(typeof(System.Runtime.CompilerServices.FixedBufferAttribute), false) is
            [System.Runtime.CompilerServices.FixedBufferAttribute buffer]
            ? Enumerable.Repeat(Marshal.SizeOf(buffer.ElementType), buffer.Length)
            : [Marshal.SizeOf(f.FieldType)]);

    [GeneratedRegex(@"(?<type>char|u?int(?<bits>\d+)_t) \w+(\[(?<count>\w+)\])?;")]
    private static partial Regex Field();
}
