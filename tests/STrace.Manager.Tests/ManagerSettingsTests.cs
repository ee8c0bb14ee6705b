using System.Net;
using System.Net.Sockets;
using STrace.Control;
using STrace.TestKit;

namespace STrace.Manager.Tests;

public sealed class ManagerSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Check_NothingSaid_IsTheDefaults()
    {
        ManagerOptions options = new ManagerSettings().Check();

        Assert.Equal("127.0.0.1:6653", options.OpenFlow.ToString());
        Assert.Equal("127.0.0.1:7653", options.Agents.ToString());
        Assert.Equal("127.0.0.1:8653", options.Http.ToString());
        Assert.Equal(Path.GetFullPath(ManagerOptions.DefaultDataDirectory), options.DataDirectory);
    }

    [Fact]
    public void FromFile_EveryKey_IsRead()
    {
        ManagerOptions options = ManagerSettings.FromFile(Write("""
            {
              // the laboratory
              "openflow": "0.0.0.0:6633",
              "Agents": "unix:/run/m.sock",
              "http": "[::1]:80",
              "data": "/var/x",
              "buildInterval": "5m",
              "lateAfter": "1.5",
              "nat": [{ "switch": "1", "virtual": "10.0.0.100:80", "real": "10.0.0.2:8080" }],
            }
            """)).Check();

        Assert.Equal(new IPEndPoint(IPAddress.Any, 6633), options.OpenFlow);
        Assert.Equal("/run/m.sock", Assert.IsType<UnixDomainSocketEndPoint>(options.Agents).ToString());
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Loopback, 80), options.Http);
        Assert.Equal("/var/x", options.DataDirectory);
        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1.5)), (options.BuildInterval, options.LateAfter));
        Assert.Equal("10.0.0.100:80 -> 10.0.0.2:8080", $"{Assert.Single(options.Nat.Entries)}");
    }

    [Fact]
    public void FromFile_KeysOfTheProxy_AreRead()
    {
        string keys = _folder["keys"];
        KeySet.CreateAuthority(keys);
        KeySet.Create(keys, "manager");
        ManagerOptions options = ManagerSettings.FromFile(Write($$"""
            {
              "openflow": "ssl:127.0.0.1:6633",
              "upstream": ["tcp:controller.example:6653", "ssl:[::1]:6654"],
              "tlsKey": "{{keys}}/manager-key.pem",
              "tlsCert": "{{keys}}/manager-cert.pem",
              "tlsCa": "{{keys}}/ca-cert.pem",
            }
            """)).Check();

        Assert.Equal(("127.0.0.1:6633", true), (options.OpenFlow.ToString(), options.OpenFlowTls));
        Assert.Equal([new UpstreamAddress(false, "controller.example", 6653), new UpstreamAddress(true, "::1", 6654)], options.Upstreams);
        Assert.NotNull(options.Tls);
    }

    [Theory]
    [InlineData("upstream: 'udp:1.2.3.4:5' is not of the form tcp:HOST:PORT or ssl:HOST:PORT", "udp:1.2.3.4:5")]
    [InlineData("upstream: tcp:c:1 is given twice", "tcp:c:1", "tcp:c:1")]
    [InlineData("tlsKey, tlsCert: both are needed", "ssl:c:1")]
    public void Check_UpstreamThatCannotBe_IsAnError(string error, params string[] upstream) =>
        Assert.StartsWith(error, Assert.Throws<ManagerException>(new ManagerSettings { Upstream = upstream }.Check).Message, StringComparison.Ordinal);

    [Fact]
    public void Check_UpstreamAndNat_AreRefusedTogether()
    {
        var settings = new ManagerSettings { Upstream = ["tcp:c:1"], Nat = [new NatEntryOptions("1", "10.0.0.100", "10.0.0.1")] };

        Assert.StartsWith("nat: ", Assert.Throws<ManagerException>(settings.Check).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_KeysThatNothingUses_AreAnError() =>
        Assert.StartsWith(
            "tlsKey, tlsCert, tlsCa: nothing speaks TLS", Assert.Throws<ManagerException>(new ManagerSettings { TlsKey = "k" }.Check).Message, StringComparison.Ordinal);

    [Fact]
    public void Check_UpstreamWithTlsAndNoAuthority_IsAnError()
    {
        var settings = new ManagerSettings { Upstream = ["ssl:c:1"], TlsKey = "k", TlsCert = "c" };

        Assert.StartsWith("tlsCa: ", Assert.Throws<ManagerException>(settings.Check).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_KeyThatIsNotThere_NamesIt()
    {
        var settings = new ManagerSettings { OpenFlow = "ssl:127.0.0.1:1", TlsKey = _folder["none.pem"], TlsCert = _folder["none.pem"] };

        Assert.Contains(_folder["none.pem"], Assert.Throws<ManagerException>(settings.Check).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Over_TheFile_TheCommandLineWins()
    {
        var said = new ManagerSettings { Http = "127.0.0.1:1" };
        var file = new ManagerSettings { Http = "127.0.0.1:2", OpenFlow = "127.0.0.1:3", Agents = "127.0.0.1:4", Data = "/d", Nat = [] };

        Assert.Equal(file with { Http = "127.0.0.1:1" }, said.Over(file));
    }

    [Fact]
    public void Check_SeveralErrors_TellsAllOfThemAtOnce()
    {
        var settings = new ManagerSettings
        {
            OpenFlow = "6653",
            Agents = "unix:",
            Http = "localhost:80",
            Nat = [new NatEntryOptions("1", "10.0.0.100", "nobody")],
        };

        var bad = Assert.Throws<ManagerException>(settings.Check);

        Assert.Equal(ManagerError.Bad, bad.Error);
        string[] lines = bad.Message.Split(Environment.NewLine);
        Assert.Equal(["nat[0].real", "openflow", "http", "agents"], lines.Select(l => l[..l.IndexOf(": ", StringComparison.Ordinal)]));
        Assert.Contains("agents: 'unix:' is not of the form IP:PORT or unix:PATH", lines);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("127.0.0.1:70000")]
    [InlineData("")]
    public void Check_AddressWithoutItsPort_IsAnError(string address) =>
        Assert.StartsWith("http: ", Assert.Throws<ManagerException>(new ManagerSettings { Http = address }.Check).Message, StringComparison.Ordinal);

    [Fact]
    public void Check_EmptyDataDirectory_IsAnError() =>
        Assert.StartsWith("data: ", Assert.Throws<ManagerException>(new ManagerSettings { Data = "" }.Check).Message, StringComparison.Ordinal);

    [Fact]
    public void Check_TimesThatAreNone_AreErrors()
    {
        string[] lines = Assert.Throws<ManagerException>(new ManagerSettings { BuildInterval = "often", LateAfter = "-1s" }.Check).Message.Split(Environment.NewLine);

        Assert.Equal(["buildInterval", "lateAfter"], lines.Select(l => l[..l.IndexOf(": ", StringComparison.Ordinal)]));
    }

    [Fact]
    public void FromFile_NatWithRangesAndSeveralServers_IsRead()
    {
        ManagerOptions options = ManagerSettings.FromFile(Write("""
            { "nat": [{ "switch": "1", "virtual": "10.0.0.100:80-82", "real": ["10.0.0.2:8080-8082", "10.0.0.3:9080-9082"] }] }
            """)).Check();

        NatEntry entry = Assert.Single(options.Nat.Entries);
        Assert.Equal("10.0.0.100:80-82", $"{entry.Virtual}");
        Assert.Equal(["10.0.0.2:8080-8082", "10.0.0.3:9080-9082"], entry.Reals.Select(real => $"{real}"));
    }

    [Theory]
    [InlineData("\"switch\": \"s1\", \"virtual\": \"10.0.0.100\", \"real\": \"10.0.0.2\"", "nat[0].switch", "'s1'", "up to 16 hex digits")]
    [InlineData("\"switch\": \"1\", \"virtual\": \"10.0.0.100:82-80\", \"real\": \"10.0.0.2:80\"", "nat[0].virtual", "'10.0.0.100:82-80'", "IP:FIRST-LAST")]
    [InlineData("\"switch\": \"1\", \"virtual\": \"10.0.0.100:0\", \"real\": \"10.0.0.2:80\"", "nat[0].virtual", "'10.0.0.100:0'", "from 1 to 65535")]
    [InlineData("\"switch\": \"1\", \"virtual\": \"10.0.0.100:80-82\", \"real\": \"10.0.0.2:80-81\"", "nat[0].real", "'10.0.0.2:80-81' has 2 ports", "3 ports; give both as many")]
    [InlineData("\"switch\": \"1\", \"virtual\": \"10.0.0.100:80\", \"real\": [\"10.0.0.2:80\", \"server\"]", "nat[0].real[1]", "'server'", "IPv4 address")]
    [InlineData("\"switch\": \"1\", \"virtual\": \"10.0.0.100:80\", \"real\": [\"10.0.0.2:80\", \"10.0.0.2:80\"]", "nat[0].real[1]", "'10.0.0.2:80'", "twice")]
    [InlineData("\"switch\": \"1\", \"virtual\": \"10.0.0.100:80\", \"real\": []", "nat[0].real", "the list is empty", "at least one server")]
    public void Check_BadNatEntry_OneErrorWithKeyValueAndWhatIsAllowed(string entry, string key, string value, string allowed)
    {
        ManagerSettings settings = ManagerSettings.FromFile(Write($"{{ \"nat\": [{{ {entry} }}] }}"));

        string error = Assert.Single(Assert.Throws<ManagerException>(settings.Check).Message.Split(Environment.NewLine));

        Assert.StartsWith($"{key}: ", error, StringComparison.Ordinal);
        Assert.Contains(value, error, StringComparison.Ordinal);
        Assert.Contains(allowed, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"nat\": [{ \"switch\": \"1\", \"virtual\": \"10.0.0.100:80\", \"real\": 80 }] }", "nat[0].real")]
    [InlineData("{ \"upstream\": \"tcp:127.0.0.1:6633\" }", "upstream")]
    [InlineData("{ \"nat\": [{ \"port\": 80 }] }", "port")]
    public void FromFile_ValueOfTheWrongKind_NamesTheKey(string json, string key)
    {
        var bad = Assert.Throws<ManagerException>(() => ManagerSettings.FromFile(Write(json)));

        Assert.Equal(ManagerError.Bad, bad.Error);
        Assert.Contains(key, bad.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromFile_UnknownKey_NamesIt()
    {
        string file = Write("""{ "httpp": "127.0.0.1:80" }""");

        var bad = Assert.Throws<ManagerException>(() => ManagerSettings.FromFile(file));

        Assert.Equal(ManagerError.Bad, bad.Error);
        Assert.Contains(file, bad.Message, StringComparison.Ordinal);
        Assert.Contains("'httpp'", bad.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromFile_NotJson_SaysInWhichLine()
    {
        string file = Write("{\n  \"http\": \"127.0.0.1:80\",\n  \"data\": /var\n}\n");

        var bad = Assert.Throws<ManagerException>(() => ManagerSettings.FromFile(file));

        Assert.Equal(ManagerError.Bad, bad.Error);
        Assert.StartsWith($"configuration {file} line 3: ", bad.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromFile_NoSuchFile_SaysSo()
    {
        var bad = Assert.Throws<ManagerException>(() => ManagerSettings.FromFile(_folder["none.json"]));

        Assert.Equal(ManagerError.Bad, bad.Error);
        Assert.Contains(_folder["none.json"], bad.Message, StringComparison.Ordinal);
    }

    private string Write(string json)
    {
        File.WriteAllText(_folder["s-trace.json"], json);
        return _folder["s-trace.json"];
    }
}
