using STrace.Model;

namespace STrace.Original.Tests;

public sealed class WrapperTests
{
    private readonly DrawnThread _thread = new Drawing().Thread(1);

    [Theory]
    [InlineData(Operation.Accept4, Operation.Accept)]
    [InlineData(Operation.Recvmsg, Operation.RecvSocket)]
    [InlineData(Operation.Sendto, Operation.SendSocket)]
    [InlineData(Operation.Dup3, Operation.Dup2)]
    [InlineData(Operation.Vfork, Operation.Fork)]
    [InlineData(Operation.ReadvPipe, Operation.ReadvPipe)]
    public void Tell_CallOfToday_IsToldAsTheOldOne(Operation today, Operation old) =>
        Assert.Equal(old, Wrapper.Tell(_thread.Call(today))!.Operation);

    [Theory]
    [InlineData(Operation.ReadFile)]
    [InlineData(Operation.Open)]
    [InlineData(Operation.EpollWait)]
    [InlineData(Operation.PthreadCreate)]
    public void Tell_CallThatIsNotIntercepted_IsNotTold(Operation operation) => Assert.Null(Wrapper.Tell(_thread.Call(operation)));

    [Fact]
    public void Tell_Accept_IsStampedBehindTheCallAndSourceIsThePeer()
    {
        WrapperNode node = Wrapper.Tell(_thread.Call(
            Operation.Accept, Drawing.Socket("10.0.0.2:80", "10.0.0.1:4000"), result: 7, arg0: 3, durationNs: 9000))!;

        Assert.Equal(node.Call.ExitNs, node.TimeNs);
        Assert.Equal(("10.0.0.1:4000", "10.0.0.2:80"), (node.Source.ToString(), node.Destination.ToString()));
        Assert.Equal((3, 7), (node.Argument1, node.Argument2));
    }

    [Fact]
    public void Tell_Read_IsStampedBeforeTheCall()
    {
        WrapperNode node = Wrapper.Tell(_thread.Call(Operation.ReadSocket, durationNs: 9000))!;

        Assert.Equal(node.Call.EnterNs, node.TimeNs);
    }

    [Theory]
    [InlineData(Operation.WriteSocket, true)]
    [InlineData(Operation.WritevSocket, false)]
    public void Tell_LastMessage_IsMarkedWhereAProcessorIsAsked(Operation operation, bool expected) =>
        Assert.Equal(expected, Wrapper.Tell(_thread.Call(operation, mark: MarkTraits.Response | MarkTraits.Last))!.IsLast);
}
