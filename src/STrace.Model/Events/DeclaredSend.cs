namespace STrace.Model;

/// <summary>A runtime hook's word: these bytes, in the order of the stream, are sent for that logical context.</summary>
/// <param name="Pid">The process; contexts are numbered in it.</param>
/// <param name="TimeNs">When it was declared, before the bytes were sent; ns since the epoch.</param>
/// <param name="Bytes">How many, behind those declared before on the same channel.</param>
public sealed record DeclaredSend(string Host, Guid Agent, int Pid, Channel Channel, long TimeNs, long Bytes, ulong Context);
