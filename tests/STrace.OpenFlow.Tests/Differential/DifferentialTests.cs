using System.Buffers.Binary;
using STrace.Fuzz;

namespace STrace.OpenFlow.Tests;

/// <summary>100,000 random messages of all types, read by the codec and by other programs.</summary>
public sealed class DifferentialTests : IDisposable
{
    private const int Messages = 100_000;
    private const int Seed = 1000;
    private const uint XidStep = 2654435761; // odd: every message has another xid, of all bits

    private static readonly Lazy<List<byte[]>> Frames = new(() =>
    {
        var random = new RandomMessages(Seed);
        return [.. Enumerable.Range(1, Messages).Select(i => random.Next(unchecked((uint)i * XidStep)))];
    });

    private readonly string _file = Path.Combine(Path.GetTempPath(), $"strace-{Guid.NewGuid():n}.bin");

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void RandomMessages_Together_AreOfAllTypes()
    {
        var messages = Frames.Value.Select(frame => OpenFlowCodec.Decode(frame)).ToList();

        Assert.Equal(Enum.GetValues<MessageType>(), messages.Select(message => message.Type).Distinct().Order());
        Assert.Equal(Enum.GetValues<StatsType>(), messages.OfType<StatsRequestMessage>().Select(m => m.Body.Type).Distinct().Order());
        Assert.Equal(Enum.GetValues<StatsType>(), messages.OfType<StatsReplyMessage>().Select(m => m.Body.Type).Distinct().Order());
        Assert.Equal(Enum.GetValues<ActionType>(), messages.OfType<FlowModMessage>().SelectMany(m => m.Actions).Select(a => a.Type).Distinct().Order());
        Assert.Equal(Enum.GetValues<NiciraMessageType>(), messages.OfType<VendorMessage>().Select(NiciraMessage.Of).OfType<NiciraMessage>().Select(m => m.Type).Distinct().Order());
    }

    [Fact]
    public void Encode_DecodedRandomMessage_GivesSameBytes() => Assert.All(Frames.Value, frame =>
        Assert.Equal(Convert.ToHexStringLower(frame), Convert.ToHexStringLower(OpenFlowCodec.Encode(OpenFlowCodec.Decode(frame)))));

    [Fact]
    [Trait("Category", "Functional")]
    public void Text_RandomMessage_IsAsOpenVSwitchPrintsIt()
    {
        // Open vSwitch prints nothing of other vendors' messages but their bytes.
        var frames = Frames.Value.Where(frame => OpenVSwitchReading.Knows(OpenFlowCodec.Decode(frame))).ToList();
        File.WriteAllBytes(_file, [.. frames.SelectMany(frame => frame)]);

        var readings = Oracle.Split(
            Oracle.Run("ovs-ofctl", "ofp-parse", _file), [.. frames.Select(frame => $"(xid=0x{Xid(frame):x}):")]);

        for (var i = 0; i < frames.Count; i++)
        {
            var message = OpenFlowCodec.Decode(frames[i]);
            var theirs = OpenVSwitchReading.Comparable(message, readings[i]);
            var ours = OpenVSwitchReading.Comparable(message, OpenFlowText.Of(message).Split('\n'));
            Assert.True(theirs == ours, $"Open vSwitch reads\n{theirs}\nwe read\n{ours}\nof {Convert.ToHexStringLower(frames[i])}");
        }
    }

    [Fact]
    [Trait("Category", "Functional")]
    public void Fields_OfRandomMessage_AreThoseThatTcpdumpPrints()
    {
        TcpdumpReading.WriteCapture(_file, Frames.Value);

        var readings = Oracle.Split(
            Oracle.Run("tcpdump", "-vvnr", _file), [.. Frames.Value.Select(frame => $", length {frame.Length}, xid 0x{Xid(frame):x8}")]);

        for (var i = 0; i < Messages; i++)
        {
            var theirs = string.Join('\n', readings[i].TakeWhile(line => !line.Contains(" IP (tos ", StringComparison.Ordinal)));
            Assert.All(
                TcpdumpReading.Expected(OpenFlowCodec.Decode(Frames.Value[i])),
                part => Assert.True(
                    TcpdumpReading.Contains(theirs, part), $"tcpdump reads\n{theirs}\nwithout \"{part}\"\nof {Convert.ToHexStringLower(Frames.Value[i])}"));
        }
    }

    private static uint Xid(byte[] frame) => BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4));
}
