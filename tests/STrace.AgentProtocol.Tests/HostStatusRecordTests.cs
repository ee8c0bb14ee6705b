using STrace.Model;

namespace STrace.AgentProtocol.Tests;

/// <summary>What agents tell of processes and losses comes back as it was; what is cut off is refused.</summary>
public sealed class HostStatusRecordTests
{
    private static readonly ProcessRecord Nginx = new(
        123, 1, 33, 1_700_000_000_000_000_000, ProcessTraits.Matters | ProcessTraits.IoUring, Obstacle.NotPreloaded, "nginx", "/usr/sbin/nginx",
        [new(FlowTuple.Tcp, Endpoint.Parse("10.0.0.4:80")), new(FlowTuple.Udp, Endpoint.Parse("[fd00::4]:53"))]);

    private static readonly ProcessRecord Shell = new(
        7, 0, uint.MaxValue, 0, ProcessTraits.Interposed, Obstacle.None, "", "", []);

    private static readonly LossRecord Loss = new("1.2.3", "tsc", 4, 5000, 600, 7, [new("calls lost in full rings", long.MaxValue), new("b", 0)]);

    [Fact]
    public void ReadProcesses_WrittenOnes_GivesThemBack()
    {
        IReadOnlyList<ProcessRecord> read = ProcessRecord.Read(ProcessRecord.Write([Nginx, Shell]));

        Assert.Equal(2, read.Count);
        Assert.Equal(Nginx with { Listens = [] }, read[0] with { Listens = [] });
        Assert.Equal(Nginx.Listens, read[0].Listens);
        Assert.Equal(Shell with { Listens = [] }, read[1] with { Listens = [] });
        Assert.True(read[1].Interposed);
    }

    [Fact]
    public void ReadProcesses_EveryPrefix_IsRefusedOrHasWholeProcesses()
    {
        byte[] written = ProcessRecord.Write([Nginx, Shell]);
        int first = ProcessRecord.Write([Nginx]).Length;

        for (int length = 1; length < written.Length; length++)
        {
            byte[] prefix = written[..length];
            if (length == first)
                Assert.Single(ProcessRecord.Read(prefix));
            else
                Assert.Throws<AgentProtocolException>(() => ProcessRecord.Read(prefix));
        }
    }

    [Fact]
    public void ReadLoss_WrittenOne_GivesItBack()
    {
        LossRecord read = LossRecord.Read(Loss.Write());

        Assert.Equal(Loss with { Counters = [] }, read with { Counters = [] });
        Assert.Equal(Loss.Counters, read.Counters);
    }

    [Fact]
    public void ReadLoss_EveryPrefix_IsRefused()
    {
        byte[] written = Loss.Write();

        for (int length = 0; length < written.Length; length++)
            Assert.Throws<AgentProtocolException>(() => LossRecord.Read(written.AsMemory(0, length)));
    }

    [Fact]
    public void Obstacle_EveryOne_HasAWordAReasonAndARemedy()
    {
        foreach (Obstacle obstacle in Enum.GetValues<Obstacle>().Where(o => o != Obstacle.None))
        {
            Assert.NotEqual("unknown", obstacle.Word());
            Assert.NotEqual(((Obstacle)255).Reason(), obstacle.Reason());
            Assert.NotEmpty(obstacle.Remedy());
        }
    }
}
