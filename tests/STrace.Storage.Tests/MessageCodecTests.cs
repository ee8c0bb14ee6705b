using System.Buffers.Binary;

namespace STrace.Storage.Tests;

public sealed class MessageCodecTests
{
    private const int HeaderBytes = 21;

    private readonly Random _random = new(1);

    [Fact]
    public void TryDecode_MessagesOfAllTypesAndLengths_GivesThemBack()
    {
        for (int round = 0; round < 300; round++)
        {
            int longest = round % 3 == 0 ? 20 : round % 3 == 1 ? 200 : 3000;
            byte[] payload = [.. Enumerable.Range(0, round).SelectMany(_ => Message(_random.Next(256), _random.Next(longest), _random.Next(2)))];

            Assert.Equal(payload, Decoded(payload));
        }
    }

    [Fact]
    public void TryDecode_LongestMessages_GivesThemBack()
    {
        byte[] payload = [.. Message(10, ushort.MaxValue, 0), .. Message(10, 8, 0), .. Message(10, ushort.MaxValue, 0), .. Message(13, 90, 1), .. new byte[64]];

        Assert.Equal(payload, Decoded(payload));
    }

    [Fact]
    public void TryDecode_PayloadIsNotMadeOfMessages_GivesItBackWithinTheLongest()
    {
        for (int length = 0; length < 1000; length++)
        {
            byte[] payload = new byte[length];
            if (length % 2 == 0)
                _random.NextBytes(payload);

            Assert.Equal(payload, Decoded(payload));
        }
    }

    [Fact]
    public void TryDecode_NothingAlike_GivesItBackWithinTheLongest()
    {
        byte[] payload = [.. Enumerable.Range(0, 5000).SelectMany(_ =>
        {
            byte[] message = Message(0, _random.Next(10), 0);
            int length = message.Length - HeaderBytes;
            _random.NextBytes(message);
            BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(17), length);
            return message;
        })];

        Assert.Equal(payload, Decoded(payload));
    }

    [Fact]
    public void Encode_QuestionsAndAnswersByTurns_StoresAFraction()
    {
        byte[] payload = [.. Enumerable.Range(0, 1000).SelectMany(_ => (byte[])[.. Message(10, 78, 0), .. Message(14, 80, 1)])];

        Assert.InRange(Encode(payload).Length, 1, payload.Length / 3);
    }

    [Fact]
    public void TryDecode_CutAnywhere_IsFalse()
    {
        byte[] payload = [.. Enumerable.Range(0, 10).SelectMany(_ => Message(10, 78, 0))], stored = Encode(payload);

        for (int length = 0; length < stored.Length; length++)
            Assert.False(MessageCodec.TryDecode(stored.AsSpan(0, length), new byte[payload.Length]));
    }

    [Fact]
    public void TryDecode_AnyBytes_ReadsOnlyThem()
    {
        byte[] payload = [.. Enumerable.Range(0, 10).SelectMany(_ => Message(10, 78, 0))], stored = Encode(payload);
        var decoded = new byte[payload.Length];
        int whole = 0;
        for (int i = 0; i < 100_000; i++)
        {
            byte[] damaged = [.. stored];
            for (int change = _random.Next(1, 5); change > 0; change--)
                damaged[_random.Next(damaged.Length)] = (byte)_random.Next(256);
            if (MessageCodec.TryDecode(damaged.AsSpan(0, _random.Next(damaged.Length)), decoded))
                whole++;
        }
        Assert.InRange(whole, 0, 99_999);
    }

    private static byte[] Decoded(byte[] payload)
    {
        byte[] stored = Encode(payload), decoded = new byte[payload.Length];
        Assert.True(MessageCodec.TryDecode(stored, decoded));
        return decoded;
    }

    private static byte[] Encode(byte[] payload)
    {
        var output = new byte[MessageCodec.LongestBytes(payload.Length)];
        return output[..MessageCodec.Encode(payload, output)];
    }

    /// <summary>As ControlLogFormat writes it; of the bytes few differ between two of a type.</summary>
    private byte[] Message(int type, int length, int direction)
    {
        var message = new byte[HeaderBytes + length];
        BinaryPrimitives.WriteInt64LittleEndian(message, 1_700_000_000_000_000_000 + _random.Next());
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(8), 0xab);
        message[16] = (byte)direction;
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(17), length);
        for (int i = HeaderBytes; i < message.Length; i++)
            message[i] = (byte)(i * type);
        for (int changes = 0; changes < 6 && length > 0; changes++)
            message[HeaderBytes + _random.Next(length)] = (byte)_random.Next(256);
        if (length > 1)
            message[HeaderBytes + 1] = (byte)type;
        return message;
    }
}
