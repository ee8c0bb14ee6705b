using System.Text.Json;
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
        var entry = Assert.Single(options!.Entries);
        Assert.Equal((2ul, "200.200.200.200:8080 -> 10.0.0.4:80"), (entry.Dpid, entry.ToString()));
    }

    [Fact]
    public void TryParse_NoPorts_MeansEveryPort()
    {
        Assert.True(Parse(out var options, out _, new NatEntryOptions("1", "200.200.200.200", "10.0.0.4")));
        Assert.Null(options!.Entries[0].Virtual.Ports);
        Assert.Null(Assert.Single(options.Entries[0].Reals).Ports);
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
                "nat[0].virtual: '200.200.200' is not a host's IPv4 address with an optional port from 1 to 65535, or ports (IP, IP:PORT or IP:FIRST-LAST)",
                "nat[0].real: '10.0.0.4:0' is not a host's IPv4 address with an optional port from 1 to 65535, or ports (IP, IP:PORT or IP:FIRST-LAST)",
                "nat[1].real: has no port but the other side has one; give both or none",
                "nat[2].switch: '' is not a datapath id (up to 16 hex digits)",
                "nat[2].virtual: has no port but the other side has one; give both or none",
                "nat[4].real: is the virtual address itself",
                "nat[5].real: '224.0.0.1' is not a host's IPv4 address with an optional port from 1 to 65535, or ports (IP, IP:PORT or IP:FIRST-LAST)",
                "nat[3].virtual: the same as nat[1].virtual on the same switch",
                "nat[6].virtual: has the same last three bytes, and so MAC address, as nat[1].virtual",
                "nat[6].virtual: has the same last three bytes, and so MAC address, as nat[3].virtual",
            ],
            errors);
    }

    [Fact]
    public void TryParse_PortRangeAndTwoServers_TranslatesPortByPort()
    {
        Assert.True(Parse(out var options, out _, new NatEntryOptions("1", "200.200.200.200:8000-8009", "10.0.0.4:9000-9009", "10.0.0.5:8000-8009")));
        var entry = Assert.Single(options!.Entries);
        Assert.Equal("200.200.200.200:8000-8009 -> 10.0.0.4:9000-9009, 10.0.0.5:8000-8009", entry.ToString());
        Assert.Equal([9003, 8003], entry.Reals.Select(real => (int)entry.RealPort(real, 8003)));
    }

    [Fact]
    public void TryParse_MistakesInRangesAndLists_ReportsAllWithTheirKeys()
    {
        Assert.False(Parse(
            out _,
            out var errors,
            new NatEntryOptions("1", "200.200.200.200:8009-8000", "10.0.0.4:80"),
            new NatEntryOptions("1", "200.200.200.200:8000-8009", "10.0.0.4:80"),
            new NatEntryOptions("1", "200.200.200.201:80", "10.0.0.4:80", "10.0.0.5", "10.0.0.4:80"),
            new NatEntryOptions("1", "200.200.200.202:80", []),
            new NatEntryOptions("1", "200.200.200.203:70-90", "10.0.0.4:70-90"),
            new NatEntryOptions("1", "200.200.200.203:90-99", "10.0.0.5:90-99"),
            new NatEntryOptions("1", "200.200.200.203:95", null!, "10.0.0.5:95")));
        Assert.Equal(
            [
                "nat[0].virtual: '200.200.200.200:8009-8000' is not a host's IPv4 address with an optional port from 1 to 65535, or ports (IP, IP:PORT or IP:FIRST-LAST)",
                "nat[1].real: '10.0.0.4:80' has 1 port but nat[1].virtual has 10 ports; give both as many",
                "nat[2].real[1]: has no port but the other side has one; give both or none",
                "nat[2].real[2]: '10.0.0.4:80' stands there twice",
                "nat[3].real: the list is empty; name at least one server",
                "nat[6].real[0]: '' is not a host's IPv4 address with an optional port from 1 to 65535, or ports (IP, IP:PORT or IP:FIRST-LAST)",
                "nat[5].virtual: has ports of nat[4].virtual on the same switch",
            ],
            errors);
    }

    [Theory]
    [InlineData("""{"switch": "1", "virtual": "200.200.200.200:80", "real": "10.0.0.4:80"}""", "10.0.0.4:80")]
    [InlineData("""{"switch": "1", "virtual": "200.200.200.200:80", "real": ["10.0.0.4:80", "10.0.0.5:80"]}""", "10.0.0.4:80 10.0.0.5:80")]
    public void Deserialize_OneServerOrAList_GivesThem(string json, string reals) =>
        Assert.Equal(reals, string.Join(' ', JsonSerializer.Deserialize<NatEntryOptions>(json, JsonSerializerOptions.Web)!.Real!));

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
