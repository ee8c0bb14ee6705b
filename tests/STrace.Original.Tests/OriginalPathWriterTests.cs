using System.Text.Json;
using STrace.Model;

namespace STrace.Original.Tests;

public sealed class OriginalPathWriterTests
{
    [Fact]
    public void Write_ReceiveThatWaited_StandsBehindTheSendThatItReceived()
    {
        (Channel asks, Channel answers) = Drawing.Connection(4000);
        var drawing = new Drawing();
        DrawnThread client = drawing.Thread(1), server = drawing.Thread(2, host: "b");
        client.Connect(3, asks);
        server.Accept(4, answers);
        client.Call(Operation.ReadSocket, asks, result: 10, arg0: 3, durationNs: 1500);
        server.Write(4, answers);
        server.Close(4);
        client.Close(3);
        using var output = new MemoryStream();

        new OriginalPathWriter(new Dictionary<string, IpAddress> { ["a"] = IpAddress.Parse("10.0.0.1") })
            .Write(output, "drawn", new OriginalCorrelator().Build(drawing.Events));

        JsonElement path = Assert.Single(JsonDocument.Parse(output.ToArray()).RootElement.GetProperty("paths").EnumerateArray());
        List<JsonElement> events = [.. path.GetProperty("events").EnumerateArray()];
        Assert.Equal(
            ["connect", "accept", "write", "read", "close", "close"],
            events.Select(e => e.GetProperty("op").GetString()));
        Assert.Equal("10.0.0.1", events[0].GetProperty("ip").GetString());
        Assert.Equal(
            ["e0-e1 order", "e1-e2 order", "e2-e3 order", "e3-e4 order", "e4-e5 order", "e0-e1 connection"],
            path.GetProperty("edges").EnumerateArray().Select(e =>
                $"{e.GetProperty("from")}-{e.GetProperty("to")} {e.GetProperty("kind")}"));
    }
}
