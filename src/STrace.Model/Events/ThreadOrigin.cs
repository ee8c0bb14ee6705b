namespace STrace.Model;

/// <summary>Who started a thread or process: the call (pthread_create, fork) that libwrapper saw start it.</summary>
/// <param name="Ring">The new thread's ring.</param>
/// <param name="ParentRing">The creator's ring; with <paramref name="ParentSequence"/> it names the call.</param>
/// <param name="Pthread">The pthread_t by which pthread_join names the thread; 0 for a forked child.</param>
public sealed record ThreadOrigin(
    string Host, ulong Ring, int Pid, int Tid, long TimeNs, ulong ParentRing, uint ParentSequence, ulong Pthread);
