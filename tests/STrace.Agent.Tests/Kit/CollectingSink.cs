using System.Runtime.InteropServices;
using STrace.AgentProtocol;

namespace STrace.Agent.Tests;

internal sealed class CollectingSink : IRecordSink
{
    public List<(RecordRun Run, byte[] Records)> Accepted { get; } = [];

    public List<(RecordRun Run, uint First, uint Last)> LostByTheDead { get; } = [];

    public IEnumerable<uint> Sequences => Accepted.SelectMany(a => Records.SequencesOf(a.Records));

    public void Accept(RingOwner owner, RingSlice records)
    {
        byte[] bytes = [.. MemoryMarshal.AsBytes(records.First), .. MemoryMarshal.AsBytes(records.Wrapped)];
        owner.LastSequence = Records.SequencesOf(bytes).LastOrDefault(owner.LastSequence);
        Accepted.Add((owner.Run, bytes));
    }

    public void Lost(RingOwner owner, uint first, uint last) => LostByTheDead.Add((owner.Run, first, last));
}
