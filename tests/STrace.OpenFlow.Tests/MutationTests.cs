using STrace.Fuzz;

namespace STrace.OpenFlow.Tests;

public sealed class MutationTests
{
    private const int Mutations = 20_000;
    private const int Seed = 1000;
    private const int MaxBytesChanged = 4;

    // Whatever Decode accepts, Encode gives back; whatever it refuses, it refuses with its own exception.
    [Fact]
    public void Decode_MutatedVectors_IsProtocolErrorOrSameBytes()
    {
        var random = new Random(Seed);
        var accepted = 0;
        for (var i = 0; i < Mutations; i++)
        {
            var frame = Mutate(GoldenVector.All[random.Next(GoldenVector.All.Count)].Frame, random);
            OpenFlowMessage message;
            try
            {
                message = OpenFlowCodec.Decode(frame);
            }
            catch (OpenFlowProtocolException)
            {
                continue;
            }
            accepted++;
            Assert.Equal(Convert.ToHexStringLower(frame), Convert.ToHexStringLower(OpenFlowCodec.Encode(message)));
        }

        // Both outcomes must be common, else the mutations test nothing.
        Assert.InRange(accepted, Mutations / 4, Mutations * 3 / 4);
    }

    [Fact]
    public void Decode_DamagedMessages_IsMessageOrProtocolErrorSoonAndInLittleMemory()
    {
        const int damaged = 300_000;
        var fuzz = new CodecFuzz(Seed);

        fuzz.Run(damaged);

        Assert.Equal(damaged, fuzz.Accepted + fuzz.Refused);
        Assert.InRange(fuzz.Accepted, damaged / 4, damaged * 3 / 4);
    }

    [Fact]
    public void Decode_RandomBodiesBehindEveryHeader_IsProtocolErrorOrSameBytes()
    {
        var random = new Random(Seed);
        for (var i = 0; i < Mutations; i++)
        {
            var frame = new byte[random.Next(OpenFlowFraming.HeaderLength, 160)];
            random.NextBytes(frame);
            frame[0] = OpenFlowConstants.Version;
            frame[1] = (byte)random.Next(32);
            frame[2] = 0;
            frame[3] = (byte)frame.Length;
            try
            {
                Assert.Equal(frame, OpenFlowCodec.Encode(OpenFlowCodec.Decode(frame)));
            }
            catch (OpenFlowProtocolException error)
            {
                Assert.InRange(error.Offset, 0, frame.Length);
            }
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var frame = original.ToArray();
        for (var changes = random.Next(1, MaxBytesChanged + 1); changes > 0; changes--)
        {
            // Half the changes are single bits: they reach flags and lengths that random bytes rarely make plausible.
            var at = random.Next(frame.Length);
            frame[at] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)(frame[at] ^ (1 << random.Next(8)));
        }
        return frame;
    }
}
