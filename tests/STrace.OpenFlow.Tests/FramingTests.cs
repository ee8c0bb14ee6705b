using System.Buffers;

namespace STrace.OpenFlow.Tests;

public sealed class FramingTests
{
    private static readonly byte[] Hello = [1, 0, 0, 8, 0, 0, 0, 1];
    private static readonly byte[] Echo = [1, 2, 0, 10, 0, 0, 0, 2, 0xaa, 0xbb];

    [Fact]
    public void TryReadFrame_TwoMessages_TakesOneAfterTheOther()
    {
        var buffer = new ReadOnlySequence<byte>([.. Hello, .. Echo]);

        Assert.True(OpenFlowFraming.TryReadFrame(ref buffer, out var first));
        Assert.True(OpenFlowFraming.TryReadFrame(ref buffer, out var second));

        Assert.Equal(Hello, first.ToArray());
        Assert.Equal(Echo, second.ToArray());
        Assert.True(buffer.IsEmpty);
    }

    [Fact]
    public void TryReadFrame_MessageInSegmentsOfOneByte_IsWhole()
    {
        var buffer = Segments(Echo);

        Assert.True(OpenFlowFraming.TryReadFrame(ref buffer, out var frame));

        Assert.Equal(Echo, frame.ToArray());
    }

    [Fact]
    public void TryReadFrame_SpanWithMore_GivesLengthOfFirst()
    {
        byte[] bytes = [.. Echo, .. Hello];

        Assert.True(OpenFlowFraming.TryReadFrame(bytes, out var length));

        Assert.Equal(Echo.Length, length);
    }

    [Fact]
    public void TryReadFrame_OtherVersion_IsFramedToo()
    {
        byte[] hello = [6, 0, 0, 8, 0, 0, 0, 1];

        Assert.True(OpenFlowFraming.TryReadFrame(hello, out var length));

        Assert.Equal(hello.Length, length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void TryReadFrame_LengthBelowHeader_IsProtocolErrorBeforeTheRestArrives(byte length)
    {
        byte[] start = [1, 0, 0, length];

        var error = Assert.Throws<OpenFlowProtocolException>(() => OpenFlowFraming.TryReadFrame(start, out _));

        Assert.Equal(2, error.Offset);
        Assert.Null(error.MessageType);
        Assert.Throws<OpenFlowProtocolException>(() =>
        {
            var buffer = new ReadOnlySequence<byte>(start);
            return OpenFlowFraming.TryReadFrame(ref buffer, out _);
        });
    }

    private static ReadOnlySequence<byte> Segments(byte[] bytes)
    {
        var first = new Segment(bytes.AsMemory(0, 1), 0);
        var last = first;
        for (var i = 1; i < bytes.Length; i++)
            last = last.Append(bytes.AsMemory(i, 1));
        return new ReadOnlySequence<byte>(first, 0, last, 1);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex) => (Memory, RunningIndex) = (memory, runningIndex);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
