namespace STrace.Control.Tests;

public sealed class ControlLogFormatTests
{
    private static readonly (long TimeNs, ulong Dpid, ControlDirection Direction, byte[] Frame)[] Messages =
    [
        (long.MaxValue, 1, ControlDirection.FromSwitch, [1, 0, 0, 8, 0, 0, 0, 1]),
        (0, ulong.MaxValue, ControlDirection.ToSwitch, []),
        (-1, 0x0102030405060708, ControlDirection.ToSwitch, [1, 2, 0, 9, 0, 0, 0, 1, 0xff]),
    ];

    [Fact]
    public void Read_WhatWasWritten_IsTheSameMessages() => Assert.Equal(
        Messages.Select(m => (m.TimeNs, m.Dpid, m.Direction, Convert.ToHexString(m.Frame))),
        ControlLogFormat.Read(Write(Messages)).Select(m => (m.TimeNs, m.Dpid, m.Direction, Convert.ToHexString(m.Frame.Span))));

    [Fact]
    public void Read_Nothing_IsNoMessage() => Assert.Empty(ControlLogFormat.Read(default));

    [Fact]
    public void Read_EveryTruncation_IsInvalidData()
    {
        byte[] whole = Write(Messages[0]);

        for (int length = 1; length < whole.Length; length++)
            Assert.Throws<InvalidDataException>(() => ControlLogFormat.Read(whole.AsMemory(0, length)).Count());
    }

    [Fact]
    public void Read_SecondMessageCut_GivesTheFirstBefore()
    {
        using var messages = ControlLogFormat.Read(Write(Messages[0], Messages[2]).AsMemory()[..^1]).GetEnumerator();

        Assert.True(messages.MoveNext());
        Assert.Throws<InvalidDataException>(() => messages.MoveNext());
    }

    [Fact]
    public void Read_NegativeLength_IsInvalidData()
    {
        byte[] payload = Write(Messages[0]);
        payload.AsSpan(17, 4).Fill(0xff);

        Assert.Throws<InvalidDataException>(() => ControlLogFormat.Read(payload).Count());
    }

    private static byte[] Write(params (long TimeNs, ulong Dpid, ControlDirection Direction, byte[] Frame)[] messages)
    {
        var output = new byte[messages.Sum(m => ControlLogFormat.HeaderBytes + m.Frame.Length)];
        var written = 0;
        foreach (var (timeNs, dpid, direction, frame) in messages)
            written += ControlLogFormat.Write(output.AsSpan(written), timeNs, dpid, direction, frame);
        Assert.Equal(output.Length, written);
        return output;
    }
}
