using STrace.OpenFlow;

namespace STrace.Control.Tests;

public sealed class MirroredRulesTests
{
    private const ushort Port = 9;
    private const uint OwnXid = 0xfe00_0001;
    private const string Mirror = "0000000800090000";
    private const string Output2 = "0000000800020000";

    // A match of one field, reg0=7, padded
    private const string Register = "0001000400000007";

    // nx_flow_stats with that match, and a rule that drops
    private const string Before = "0040" + "0100" + "00000000" + "00000000" + "8000" + "0000" + "0000" + "0008" + "00000000" + "0000000000000005";
    private const string Counters = "0000000000000001" + "0000000000000040";

    [Fact]
    public void Add_NiciraRule_GetsItBehindThePaddedMatch()
    {
        var rule = Nicira("000d", "0000000000000001" + "0100" + "00000000" + "8000" + "ffffffff" + "ffff" + "0000" + "0008" + "000000000000" + Register + Output2);

        var mirrored = MirroredRules.Add(rule, Port);

        Assert.Equal(Convert.ToHexStringLower(rule)[8..].Replace(Output2, Mirror + Output2, StringComparison.Ordinal), Convert.ToHexStringLower(mirrored!)[8..]);
        Assert.Equal(mirrored!.Length, mirrored[3]);
        Assert.Equal(rule, MirroredRules.Take(mirrored, Port));
    }

    [Theory]
    [InlineData("0003")] // DELETE
    [InlineData("0104")] // DELETE_STRICT in table 1
    public void Add_NiciraRuleThatGoes_StaysAsItIs(string command) =>
        Assert.Null(MirroredRules.Add(
            Nicira("000d", "0000000000000001" + command + "00000000" + "8000" + "ffffffff" + "ffff" + "0000" + "0008" + "000000000000" + Register + Output2), Port));

    [Theory]
    [InlineData("0000000800020000", true, null)]
    [InlineData("00000008fffb0000", true, null)] // FLOOD: the datastore's port does not take part
    [InlineData("00000008fffc0000", false, null)] // ALL, as it came: is a mirror by itself
    [InlineData("0004001000000000000100000000000000000008fffc0000", true, "all ports")] // SET_DL_SRC, ALL
    [InlineData("ffff001000002320000f000000000000", true, null)] // to the port in a register
    [InlineData("ffff0010000023200010000000000000", false, "rules of its own")] // LEARN
    [InlineData("00000008fffc", false, null)] // not well-formed
    public void Add_Rule_HasAMirrorIfTheDatastoreWouldNotSeeItsPackets(string actions, bool isMirrored, string? flaw)
    {
        byte[] rule = [.. OpenFlowCodec.Encode(new FlowModMessage()), .. Convert.FromHexString(actions)];
        rule[3] = (byte)rule.Length;

        Assert.Equal(isMirrored, MirroredRules.Add(rule, Port) is not null);
        Assert.Contains(flaw ?? "", MirroredRules.Flaw(rule) ?? "", StringComparison.Ordinal);
        Assert.Equal(flaw is null, MirroredRules.Flaw(rule) is null);
    }

    [Fact]
    public void Remove_NiciraStatistics_TakesMirrorsOut()
    {
        var entry = Before + Counters + Register + Output2;
        var mirrored = "0048" + entry[4..].Replace(Output2, Mirror + Output2, StringComparison.Ordinal);

        Assert.Equal(Stats("00000000", entry + entry), MirroredRules.Remove(Stats("00000000", mirrored + entry), Port));
        Assert.Null(MirroredRules.Remove(Stats("00000000", entry), Port));
    }

    [Fact]
    public void Remove_Updates_LoseMirrorsAndWhatTheManagerDid()
    {
        const string added = "0028" + "0000" + "0000" + "8000" + "0000" + "0000" + "0008" + "0100" + "0000000000000005" + Register + Output2;
        const string mirrored = "0030" + "0000" + "0000" + "8000" + "0000" + "0000" + "0008" + "0100" + "0000000000000005" + Register + Mirror + Output2;
        const string ofUpstream = "0008" + "0003" + "00000007";
        var ofManager = $"00080003{OwnXid:x8}";

        Assert.Equal(Stats("00000002", added + ofUpstream), MirroredRules.Remove(Stats("00000002", mirrored + ofManager + ofUpstream), Port));
    }

    [Theory]
    [InlineData("00000000", "0048")]
    [InlineData("00000000", "0000000000000000")]
    [InlineData("00000002", "0010000000000000000000000000ffff")]
    [InlineData("00000007", "0008000000000000")] // of a kind that holds no rules
    public void Remove_NotWellFormed_StaysAsItIs(string kind, string entries) => Assert.Null(MirroredRules.Remove(Stats(kind, entries), Port));

    private static byte[] Nicira(string subtype, string body) => Framed("0104" + "0000" + "00000001" + "00002320" + "0000" + subtype + body);

    private static byte[] Stats(string kind, string entries) =>
        Framed("0111" + "0000" + "00000001" + "ffff" + "0000" + "00002320" + kind + "00000000" + entries);

    private static byte[] Framed(string hex)
    {
        var frame = Convert.FromHexString(hex);
        OpenFlowFields.Write(frame, OpenFlowFields.Length, frame.Length);
        return frame;
    }
}
