namespace STrace.Agent;

/// <summary>Takes what is drained from the rings, whole groups of a record and its continuations, their times still in ticks.</summary>
internal interface IRecordSink
{
    void Accept(RingOwner owner, RingSlice records);

    /// <summary>The owner died before it could say that these calls of its own are lost.</summary>
    void Lost(RingOwner owner, uint first, uint last);
}
