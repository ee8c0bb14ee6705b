using STrace.Model;

namespace STrace.Original.Tests;

public sealed class UnionTests
{
    private readonly Drawing _drawing = new();

    [Fact]
    public void Build_ConnectAndAcceptOfTheSameEndpoints_GivesOnePath()
    {
        (Channel asks, Channel answers) = Drawing.Connection(4000);
        DrawnThread client = _drawing.Thread(1), server = _drawing.Thread(2, host: "b");
        client.Connect(3, asks);
        server.Accept(4, answers);
        client.Write(3, asks);
        server.Read(4, answers);
        server.Close(4);
        client.Close(3);

        Assert.Equal([[0, 1, 2, 3, 4, 5]], _drawing.Build());
    }

    [Fact]
    public void Build_PortUsedAgain_UnitesEachConnectWithItsAccept()
    {
        (Channel asks, Channel answers) = Drawing.Connection(4000);
        DrawnThread client = _drawing.Thread(1), server = _drawing.Thread(2, host: "b");
        for (int time = 0; time < 2; time++)
        {
            client.Connect(3, asks);
            server.Accept(4, answers);
            server.Close(4);
            client.Close(3);
        }

        Assert.Equal([[0, 1, 2, 3], [4, 5, 6, 7]], _drawing.Build());
    }

    [Fact]
    public void Build_AcceptBeforeItsConnect_IsNotCompatible()
    {
        (Channel asks, Channel answers) = Drawing.Connection(4000);
        DrawnThread client = _drawing.Thread(1), server = _drawing.Thread(2, host: "b");
        server.Accept(4, answers);
        client.Connect(3, asks);

        Assert.Equal([[0], [1]], _drawing.Build());
    }

    [Fact]
    public void Build_ConnectThatWasStillInProgress_HasNoAddressToUniteBy()
    {
        (Channel asks, Channel answers) = Drawing.Connection(4000);
        DrawnThread client = _drawing.Thread(1), server = _drawing.Thread(2, host: "b");
        client.Call(Operation.Connect, asks, result: -1, errno: 115, arg0: 3);
        server.Accept(4, answers);

        Assert.Equal([[0], [1]], _drawing.Build());
    }

    [Fact]
    public void Build_ThroughARewrite_GivesTwoPathsWithoutTheReplayAndOneWithIt()
    {
        DrawnThread client = _drawing.Thread(1), server = _drawing.Thread(2, host: "b");
        client.Connect(3, Drawing.Socket("10.0.0.5:4000", "200.200.200.201:3335"));
        server.Accept(4, Drawing.Socket("10.0.0.7:3335", "10.0.0.5:4000"));

        Assert.Equal([[0], [1]], _drawing.Build());
        Assert.Equal([[0, 1]], _drawing.Build(Drawing.Rule("200.200.200.201", "10.0.0.7")));
    }
}
