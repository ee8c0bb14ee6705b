namespace STrace.OpenFlow.Tests;

public sealed class ActionTests
{
    [Theory]
    [InlineData(1, "output:1")]
    [InlineData(PortNumber.Max, "output:65280")]
    [InlineData(PortNumber.InPort, "IN_PORT")]
    [InlineData(PortNumber.Table, "TABLE")]
    [InlineData(PortNumber.Normal, "NORMAL")]
    [InlineData(PortNumber.Flood, "FLOOD")]
    [InlineData(PortNumber.All, "ALL")]
    [InlineData(PortNumber.Controller, "CONTROLLER:128")]
    [InlineData(PortNumber.Local, "LOCAL")]
    public void ToString_Output_NamesReservedPorts(int port, string text) =>
        Assert.Equal(text, new OutputAction((ushort)port, 128).ToString());

    [Fact]
    public void Equals_SameRewrite_IsTrue() =>
        Assert.Equal(new SetNwDstAction(Ipv4Address.Parse("10.0.0.7")), new SetNwDstAction(new Ipv4Address(0x0a000007)));
}
