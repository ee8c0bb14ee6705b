using STrace.OpenFlow;

namespace STrace.Control.Tests;

public sealed class NatOptionsValidatorTests
{
    [Theory]
    [InlineData("2")]
    [InlineData("0000000000000002")]
    [InlineData("0x2")]
    [InlineData("00:00:00:00:00:00:00:02")]
    public void TryParse_GoodEntry_GivesIt(string dpid)
    {
        Assert.True(Parse(out var options, out _, new NatEntryOptions(dpid, "200.200.200.200:8080", "10.0.0.4:80")));
        var expected = new NatEntry(2, Ipv4Address.Parse("200.200.200.200"), 8080, Ipv4Address.Parse("10.0.0.4"), 80);
        Assert.Equal(expected, Assert.Single(options!.Entries));
    }

    [Fact]
    public void TryParse_NoPorts_MeansEveryPort()
    {
        Assert.True(Parse(out var options, out _, new NatEntryOptions("1", "200.200.200.200", "10.0.0.4")));
        Assert.Null(options!.Entries[0].VirtualPort);
        Assert.Null(options.Entries[0].RealPort);
    }

    [Fact]
    public void TryParse_ManyMistakes_ReportsAllWithTheirKeys()
    {
        var parsed = Parse(
            out var options,
            out var errors,
            new NatEntryOptions("sw1", "200.200.200", "10.0.0.4:0"),
            new NatEntryOptions("1", "200.200.200.200:80", "10.0.0.4"),
            new NatEntryOptions(null, "200.200.200.201", "10.0.0.5:80"),
            new NatEntryOptions("1", "200.200.200.200:80", "10.0.0.9:80"),
            new NatEntryOptions("1", "10.0.0.9", "10.0.0.9"),
            new NatEntryOptions("1", "201.200.200.200", "224.0.0.1"),
            new NatEntryOptions("1", "100.200.200.200", "10.0.0.8"));

        Assert.False(parsed);
        Assert.Null(options);
        Assert.Equal(
            [
                "nat[0].switch: 'sw1' is not a datapath id (up to 16 hex digits)",
                "nat[0].virtual: '200.200.200' is not a host's IPv4 address with an optional port from 1 to 65535 (IP or IP:PORT)",
                "nat[0].real: '10.0.0.4:0' is not a host's IPv4 address with an optional port from 1 to 65535 (IP or IP:PORT)",
                "nat[1].real: has no port but the other side has one; give both or none",
                "nat[2].switch: '' is not a datapath id (up to 16 hex digits)",
                "nat[2].virtual: has no port but the other side has one; give both or none",
                "nat[4].real: is the virtual address itself",
                "nat[5].real: '224.0.0.1' is not a host's IPv4 address with an optional port from 1 to 65535 (IP or IP:PORT)",
                "nat[3].virtual: the same as nat[1].virtual on the same switch",
                "nat[6].virtual: has the same last three bytes, and so MAC address, as nat[1].virtual",
                "nat[6].virtual: has the same last three bytes, and so MAC address, as nat[3].virtual",
            ],
            errors);
    }

    [Fact]
    public void TryParse_SameVirtualOnTwoSwitches_IsAllowed() =>
        Assert.True(Parse(
            out _,
            out _,
            new NatEntryOptions("1", "200.200.200.200", "10.0.0.4"),
            new NatEntryOptions("2", "200.200.200.200", "10.0.0.5")));

    private static bool Parse(out NatOptions? options, out IReadOnlyList<string> errors, params NatEntryOptions[] entries) =>
        NatOptionsValidator.TryParse(entries, out options, out errors);
}
