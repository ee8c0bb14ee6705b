using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests;

public sealed class LearningRuleTests
{
    [Fact]
    public void Write_RandomRules_WritesWhatTheCodecWrites()
    {
        var random = new Random(1);
        var rule = new LearningRule();
        for (var i = 0; i < 10_000; i++)
        {
            var (xid, bufferId) = ((uint)random.NextInt64(1L << 32), (uint)random.NextInt64(1L << 32));
            var (inPort, output) = ((ushort)random.Next(1 << 16), (ushort)random.Next(1 << 16));
            var (source, destination) = (Mac(random), Mac(random));

            var written = rule.Write(xid, inPort, source, destination, output, bufferId);
            var message = LearningRule.Message(inPort, source, destination, output, bufferId) with { Xid = xid };
            Assert.Equal(OpenFlowCodec.Encode(message), written.ToArray());
        }
    }

    [Fact]
    public async Task PacketIn_RandomPackets_AnsweredByTheSameBytesWhereRulesAreDecodedForTheMirror()
    {
        await using var encoded = new RunningController();
        await using var decoded = new RunningController(datastores: new DatastorePorts { Recording = true });
        using var one = await encoded.SwitchAsync();
        using var other = await decoded.SwitchAsync();

        var random = new Random(1);
        for (var i = 0; i < 2_000; i++)
        {
            var frame = Frames.Ethernet(new MacAddress((ulong)random.Next(20)), new MacAddress((ulong)random.Next(20)), 0x0800, new byte[46]);
            var bufferId = random.Next(2) == 0 ? OpenFlowConstants.NoBuffer : (uint)i;
            var packet = Frames.PacketIn((ushort)random.Next(1, 3), frame, bufferId);
            await one.SendAsync(packet);
            await other.SendAsync(packet);
        }
        const uint last = 0x0ec40001;
        await one.SendAsync(new EchoRequestMessage { Xid = last });
        await other.SendAsync(new EchoRequestMessage { Xid = last });

        MessageType type;
        do
        {
            var bytes = await one.ReadBytesAsync();
            Assert.Equal(bytes, await other.ReadBytesAsync());
            type = (MessageType)bytes[1];
        }
        while (type != MessageType.EchoReply);
        Assert.Contains(one.Received, frame => frame[1] == (byte)MessageType.FlowMod && frame.Length == 80);
    }

    private static MacAddress Mac(Random random) => new((ulong)random.NextInt64(1L << 48));
}
