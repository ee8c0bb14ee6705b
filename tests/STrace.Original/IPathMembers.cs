namespace STrace.Original;

/// <summary>
/// The nodes of the path that is being built, and the question whether a node has a link with it (5.2.1, <c>possui_ligação</c>): its
/// thread is one of theirs, or it names an IPC identifier that one of them names.
/// </summary>
/// <remarks>
/// Identifiers are what the nodes tell: a descriptor's number, within a process and between it and what it forked (PPID), until it is
/// closed; the path of a file, FIFO or Unix socket; the id of a queue, a shared memory, a semaphore set, whoever uses it and whatever
/// the message's type; the process that a fork made. Threads and identifiers are a host's own: the manager knows which agent sent a
/// node. Where the text is silent the reading is one that favours the original.
/// </remarks>
internal interface IPathMembers
{
    void Add(WrapperNode node);

    bool IsLinked(WrapperNode node);
}
