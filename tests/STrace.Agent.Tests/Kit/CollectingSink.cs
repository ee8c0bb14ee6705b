using STrace.AgentProtocol;

namespace STrace.Agent.Tests;

internal sealed class CollectingSink : IRecordSink
{
    public List<(RecordRun Run, byte[] Records)> Accepted { get; } = [];

    public IEnumerable<uint> Sequences => Accepted.SelectMany(a => Records.SequencesOf(a.Records));

    public void Accept(RecordRun run, Span<byte> records) => Accepted.Add((run, records.ToArray()));
}
