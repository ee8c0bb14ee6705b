namespace STrace.Storage.Tests;

public sealed class StrideCodecTests
{
    private readonly Random _random = new(1);

    [Fact]
    public void TryDecode_PayloadsOfAllLengths_GivesThemBack()
    {
        for (int length = 0; length < 1000; length++)
        {
            byte[] payload = Payload(length), decoded = new byte[length];

            Assert.True(StrideCodec.TryDecode(Encode(payload), decoded));
            Assert.Equal(payload, decoded);
        }
    }

    [Fact]
    public void TryDecode_NothingAlike_GivesItBackWithinTheLongest()
    {
        byte[] payload = new byte[100_000], decoded = new byte[payload.Length];
        _random.NextBytes(payload);

        byte[] stored = Encode(payload);

        Assert.InRange(stored.Length, payload.Length, StrideCodec.LongestBytes(payload.Length));
        Assert.True(StrideCodec.TryDecode(stored, decoded));
        Assert.Equal(payload, decoded);
    }

    [Fact]
    public void Encode_RecordsThatTakeTurns_StoresAFraction()
    {
        byte[] payload = Payload(64_000);

        Assert.InRange(Encode(payload).Length, 1, payload.Length / 4);
    }

    [Fact]
    public void TryDecode_CutAnywhere_IsFalse()
    {
        byte[] payload = Payload(700), stored = Encode(payload), decoded = new byte[payload.Length];

        for (int length = 0; length < stored.Length; length++)
            Assert.False(StrideCodec.TryDecode(stored.AsSpan(0, length), decoded));
    }

    [Fact]
    public void TryDecode_AnyBytes_ReadsOnlyThem()
    {
        var stored = new byte[2000];
        var decoded = new byte[1000];
        int whole = 0;
        for (int i = 0; i < 1000; i++)
        {
            _random.NextBytes(stored);
            if (StrideCodec.TryDecode(stored.AsSpan(0, _random.Next(stored.Length)), decoded))
                whole++;
        }
        Assert.InRange(whole, 0, 999);
    }

    private static byte[] Encode(byte[] payload)
    {
        var output = new byte[StrideCodec.LongestBytes(payload.Length)];
        return output[..StrideCodec.Encode(payload, output)];
    }

    /// <summary>Two kinds of records of 64 bytes by turns, of which some bytes differ.</summary>
    private byte[] Payload(int length)
    {
        var payload = new byte[length];
        for (int i = 0; i < length; i++)
            payload[i] = i % 64 < 6 ? (byte)_random.Next(256) : (byte)(i / 64 % 2 * i % 64);
        return payload;
    }
}
