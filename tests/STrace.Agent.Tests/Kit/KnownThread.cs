using System.Runtime.InteropServices;
using STrace.AgentProtocol;
using STrace.TestKit;

namespace STrace.Agent.Tests;

/// <summary>A thread of an arena, without the arena: what it publishes goes to a sink.</summary>
internal sealed class KnownThread(RecordRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private RingOwner? _owner;

    public RingOwner Owner => _owner ??= new RingOwner(0, run, new ObjectTable(run.Arena, _folder["objects"]), tail: 0, lost: 0, since: 0);

    public void Publish(IRecordSink sink, ReadOnlySpan<byte> records) =>
        sink.Accept(Owner, new RingSlice(MemoryMarshal.Cast<byte, CallRecord>(records), default));

    public void Dispose()
    {
        _owner?.Objects.Dispose();
        _folder.Dispose();
    }
}
