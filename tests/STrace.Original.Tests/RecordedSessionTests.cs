using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using STrace.AgentProtocol;
using STrace.Model;
using STrace.OpenFlow;
using STrace.Storage;
using STrace.TestKit;

namespace STrace.Original.Tests;

public sealed class RecordedSessionTests
{
    [Fact]
    public void Read_SessionOfTheStore_GivesCallsAddressesAndRules()
    {
        using var folder = new TemporaryFolder();
        var store = new SqliteSessionStore(folder.Path);
        store.Create("s", 0);
        using (ISessionWriter writer = store.OpenWriter("s"))
        {
            var agent = Guid.NewGuid();
            writer.SaveHost(new SessionHost("h1", agent, ["10.0.0.1", "10.1.0.1"]));
            writer.Append(new BlockHeader(BlockKind.Events, "h1", agent, 1, 1, 0, 0, 1), Accept());
            writer.Append(new BlockHeader(BlockKind.Control, "manager", Guid.Empty, 1, 1, 0, 0, 2), [.. Control(1), .. Control(2)]);
            writer.Close(1);
        }

        RecordedSession session = RecordedSession.Read(folder.Path, "s");

        HostEvent call = Assert.Single(session.Events);
        Assert.Equal(("h1", 7, Operation.Accept, 4), (call.Host, call.Tid, call.Operation, call.Result));
        Assert.Equal("10.0.0.1", session.Addresses["h1"].ToString());
        Assert.Equal([1ul, 2ul], session.Rules.Select(rule => rule.Dpid));
        Assert.All(session.Rules, rule => Assert.Equal(IpAddress.Parse("10.0.0.4"), rule.SetDestination));
    }

    private static byte[] Accept()
    {
        var payload = new ArrayBufferWriter<byte>();
        var call = new CallRecord { Enter = 1000, Sequence = 1, Op = (ushort)Operation.Accept, Result = 4, Arg0 = 3 };
        new RecordRun { Generation = 1, Pid = 7, Tid = 7, Program = "app" }
            .Write(payload, MemoryMarshal.AsBytes(new ReadOnlySpan<CallRecord>(in call)));
        return payload.WrittenSpan.ToArray();
    }

    /// <summary>A rule on its way to a switch, as sessions keep it.</summary>
    private static byte[] Control(ulong dpid)
    {
        byte[] message = OpenFlowCodec.Encode(new FlowModMessage
        {
            Match = new Match { DlType = 0x0800, NwProto = 6, NwDst = Ipv4Address.Parse("200.200.200.200") },
            Actions = [new SetNwDstAction(Ipv4Address.Parse("10.0.0.4")), new OutputAction(2)],
        });
        var header = new byte[21];
        BinaryPrimitives.WriteInt64LittleEndian(header, 5);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), dpid);
        header[16] = 1; // to the switch
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(17), message.Length);
        return [.. header, .. message];
    }
}
