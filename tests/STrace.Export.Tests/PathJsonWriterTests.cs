using System.Text.Json;
using STrace.Model;

namespace STrace.Export.Tests;

public sealed class PathJsonWriterTests
{
    private static readonly string[] EventFields =
    [
        "id", "activity", "host", "ip", "pid", "tid", "ppid", "program", "op", "code", "seq", "enterNs", "exitNs", "result", "errno",
        "error", "channel", "bytes", "local", "peer", "path", "summary",
    ];

    [Fact]
    public void Write_Set_HasTheFieldsOfTheFormatInOrder()
    {
        JsonElement root = Write(Small());

        Assert.Equal(["schemaVersion", "session", "rewritesUsed", "unpaired", "unplacedPackets", "clocks", "paths"], Names(root));
        Assert.Equal(1, root.GetProperty("schemaVersion").GetInt32());
        Assert.Equal("demo", root.GetProperty("session").GetString());
        Assert.Equal(["live", "replay"], root.GetProperty("rewritesUsed").EnumerateArray().Select(s => s.GetString()));
    }

    [Fact]
    public void Write_Path_HasTheFieldsOfTheFormatInOrder()
    {
        JsonElement path = Write(Small()).GetProperty("paths")[0];

        Assert.Equal(
            [
                "id", "startNs", "durationNs", "status", "flags", "final", "revision", "signature", "rootEvent", "hosts", "elements",
                "activities", "events", "packets", "hops", "edges", "candidates", "losses", "rewrites",
            ],
            Names(path));
        Assert.Equal("1404430317000100000", path.GetProperty("startNs").GetString());
        Assert.Equal("220000", path.GetProperty("durationNs").GetString());
        Assert.Equal("error", path.GetProperty("status").GetString());
        Assert.Equal("""["error"]""", path.GetProperty("flags").GetRawText());
        Assert.True(path.GetProperty("final").GetBoolean());
        Assert.Equal(1, path.GetProperty("revision").GetInt32());
        Assert.Equal("e1", path.GetProperty("rootEvent").GetString());
        Assert.Equal("""["h4","h5"]""", path.GetProperty("hosts").GetRawText());
        Assert.Equal("""[{"id":"x1","kind":"host","name":"h4"}]""", path.GetProperty("elements").GetRawText());
        Assert.Equal("""{"id":"ah4.21","host":"h4","pid":20,"tid":21,"events":["e1","e3"]}""", path.GetProperty("activities")[0].GetRawText());
        Assert.Equal("[]", path.GetProperty("packets").GetRawText());
        Assert.Equal("[]", path.GetProperty("hops").GetRawText());
    }

    [Fact]
    public void Write_Event_HasEveryField()
    {
        JsonElement first = Write(Small()).GetProperty("paths")[0].GetProperty("events")[0];

        Assert.Equal(EventFields, Names(first));
        Assert.Equal(
            """{"id":"e1","activity":"ah4.21","host":"h4","ip":"10.0.0.4","pid":20,"tid":21,"ppid":1,"program":"ntier","op":"connect","code":146,""" +
            "\"seq\":1,\"enterNs\":\"1404430317000100000\",\"exitNs\":\"1404430317000120000\",\"result\":7,\"errno\":0,\"error\":null," +
            "\"channel\":\"h4/socket/8:21/0\",\"bytes\":0,\"local\":\"10.0.0.4:40000\",\"peer\":\"10.0.0.5:3333\",\"path\":null,\"summary\":null}",
            first.GetRawText());
    }

    [Fact]
    public void Write_FailedCall_HasItsText()
    {
        JsonElement failed = Write(Small()).GetProperty("paths")[0].GetProperty("events")[2];

        Assert.Equal((2, "No such file or directory"), (failed.GetProperty("errno").GetInt32(), failed.GetProperty("error").GetString()));
        Assert.Equal("/usr/share/foo", failed.GetProperty("path").GetString());
    }

    [Theory]
    [InlineData(EdgeKind.ThreadStart, "thread-start")]
    [InlineData(EdgeKind.HandOff, "hand-off")]
    [InlineData(EdgeKind.Ipc, "ipc")]
    public void Write_Edge_NamesItsKind(EdgeKind kind, string name)
    {
        var builder = new PathBuilder().Host("h4", "10.0.0.4");
        builder.Edge(builder.Call("h4", 1, 1, Operation.Shmat, 1), builder.Call("h4", 2, 1, Operation.Shmat, 2), kind);

        JsonElement edge = Write(builder.Build()).GetProperty("paths")[0].GetProperty("edges")[0];

        Assert.Equal(
            $$"""{"id":"d1","from":"e1","to":"e2","kind":"{{name}}","rule":"rule-of-{{kind}}","evidence":"seen \"by hand\"","applicationNs":null,"kernelNs":null,"networkNs":null,"unknownWay":null}""",
            edge.GetRawText());
    }

    [Fact]
    public void Write_HopAndTimeOfAnEdge_HaveTheFieldsOfTheFormat()
    {
        CausalPath small = Small().Paths[0];
        var flow = new FlowTuple(FlowTuple.Tcp, Endpoint.Parse("10.0.0.1:5000"), Endpoint.Parse("10.0.0.2:80"));
        var link = new NetworkLink(new NetworkPort(1, 12), new NetworkPort(2, 11), 0, null);
        var hop = new NetworkHop(1, "of-sw1", 3, 12, link, null, true, flow, flow, null);
        PathEdge timed = small.Edges[0] with { Time = new EdgeTime(5, 6, 7), UnknownWay = "not recorded" };
        CausalPath path = small with { Hops = [new PathHop(timed.Id, 9, hop)], Edges = [timed] };

        JsonElement written = Write(Small() with { Paths = [path] }).GetProperty("paths")[0];
        JsonElement first = written.GetProperty("hops")[0], edge = written.GetProperty("edges")[0];

        Assert.Equal(
            ["edge", "timeNs", "switch", "dpid", "inPort", "outPort", "link", "cookie", "match", "actions", "viaController", "from", "to", "doubt"],
            Names(first));
        Assert.Equal(("0000000000000001", "0000000000000001:12->0000000000000002:11"), (first.GetProperty("dpid").GetString(), first.GetProperty("link").GetString()));
        Assert.Equal(
            ["5", "6", "7", "not recorded"],
            new[] { "applicationNs", "kernelNs", "networkNs", "unknownWay" }.Select(name => edge.GetProperty(name).GetString()));
    }

    [Fact]
    public void Write_Rewrite_HasDpidCookieAndBothSides()
    {
        JsonElement rewrite = Write(Small()).GetProperty("paths")[0].GetProperty("rewrites")[0];

        Assert.Equal(
            """{"id":"r1","timeNs":"1404430317000000000","dpid":"0000000000000003","cookie":"0xabc","priority":100,"match":"tcp,nw_dst=200.200.200.201",""" +
            "\"actions\":\"mod_nw_dst:10.0.0.7,output:2\",\"from\":{\"src\":\"10.0.0.5:40000\",\"dst\":\"200.200.200.201:3335\"}," +
            "\"to\":{\"src\":\"10.0.0.5:40000\",\"dst\":\"10.0.0.7:3335\"},\"source\":\"replay\",\"replayId\":\"replay-1\"}",
            rewrite.GetRawText());
    }

    [Fact]
    public void Write_WhatIsMissing_IsTold()
    {
        JsonElement root = Write(Small());
        JsonElement path = root.GetProperty("paths")[0];

        Assert.Equal(
            """{"host":"h4","tid":2021,"op":"connect","timeNs":"1404430317000000000","src":"10.0.0.4:40001","dst":"10.0.0.99:80","path":"4f1c9a07d2be6138"}""",
            root.GetProperty("unpaired")[0].GetRawText());
        Assert.Equal("""{"event":"e1","reason":"two fit","choices":["h5 accept","h6 accept"]}""", path.GetProperty("candidates")[0].GetRawText());
        Assert.Equal(
            """{"host":"h4","ring":2021,"tid":2021,"firstSequence":8,"lastSequence":9,"timeNs":"1404430317000000000"}""",
            path.GetProperty("losses")[0].GetRawText());
    }

    [Fact]
    public void Write_Packets_AreToldWithTheirCalls()
    {
        var builder = new PathBuilder().Host("h4", "10.0.0.4");
        string send = builder.Call("h4", 1, 1, Operation.SendSocket, 1);
        builder.Packet(send, 2, true, TcpMarks.Psh | TcpMarks.Ack, 4_294_967_290, 29, again: true);
        builder.Packet(send, 3, true, TcpMarks.Rst, 5, error: "reset by peer");
        builder.Unplaced("h4", 4, "no traced call on this connection");

        JsonElement root = Write(builder.Build());
        JsonElement packets = root.GetProperty("paths")[0].GetProperty("packets");

        Assert.Equal(
            """{"id":"p1","event":"e1","capture":"h4","timeNs":"1404430317000002000","src":"10.0.0.4:40000","dst":"10.0.0.5:3333",""" +
            "\"flags\":\"PSH,ACK\",\"seq\":4294967290,\"ack\":9001,\"length\":29,\"retransmission\":true,\"error\":null}",
            packets[0].GetRawText());
        Assert.Equal("reset by peer", packets[1].GetProperty("error").GetString());
        Assert.Equal(
            """[{"capture":"h4","timeNs":"1404430317000004000","src":"10.0.0.4:40000","dst":"10.0.0.5:3333","flags":"PSH,ACK","seq":77,""" +
            "\"length\":5,\"reason\":\"no traced call on this connection\"}]",
            root.GetProperty("unplacedPackets").GetRawText());
    }

    [Theory]
    [InlineData(TcpMarks.Syn | TcpMarks.Ack, "SYN,ACK")]
    [InlineData(TcpMarks.Fin | TcpMarks.Psh | TcpMarks.Ack, "FIN,PSH,ACK")]
    [InlineData(TcpMarks.Rst, "RST")]
    [InlineData(TcpMarks.None, "")]
    public void Flags_Any_AreNamedInOneOrder(TcpMarks flags, string text) => Assert.Equal(text, PacketText.Flags(flags));

    [Fact]
    public void Write_ChosenPaths_LeavesOutTheOthers()
    {
        using var output = new MemoryStream();

        PathJsonWriter.Write(output, Small(), []);

        Assert.Equal(0, JsonDocument.Parse(output.ToArray()).RootElement.GetProperty("paths").GetArrayLength());
    }

    private static PathSet Small()
    {
        PathBuilder builder = new PathBuilder().Host("h4", "10.0.0.4").Host("h5", "10.0.0.5");
        string rewrite = builder.Rewrite("200.200.200.201:3335", "10.0.0.7:3335");
        string connect = builder.Call("h4", 21, 20, Operation.Connect, 100, "10.0.0.5:3333");
        string accept = builder.Call("h5", 31, 30, Operation.Accept, 200, "10.0.0.4:40000");
        builder.Call("h4", 21, 20, Operation.Fopen, 300, path: "/usr/share/foo", errno: 2);
        return builder.Edge(connect, accept, EdgeKind.Rewrite, rewrite).Build();
    }

    private static JsonElement Write(PathSet set)
    {
        using var output = new MemoryStream();
        PathJsonWriter.Write(output, set);
        return JsonDocument.Parse(output.ToArray()).RootElement;
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(p => p.Name);
}
