using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>Takes what was drained from a ring: whole records, their times still in ticks; the bytes are the sink's to change.</summary>
internal interface IRecordSink
{
    void Accept(RecordRun run, Span<byte> records);
}
