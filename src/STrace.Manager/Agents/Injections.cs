using STrace.AgentProtocol;

namespace STrace.Manager;

/// <summary>What a datastore has been told to send and has not yet said to have sent. Any thread.</summary>
internal sealed class Injections
{
    private readonly Lock _gate = new();
    private readonly Queue<(long Last, TaskCompletionSource Left)> _waiting = [];
    private long _numbered;
    private ManagerException? _ended;

    public static ManagerException Gone(string datastore) =>
        new(ManagerError.No, $"datastore {datastore} went away while it was sending recorded frames");

    /// <summary>Numbers the next frames.</summary>
    /// <returns>Completes when the datastore has sent them all.</returns>
    public Task Expect(int count, out long first)
    {
        lock (_gate)
        {
            first = _numbered + 1;
            _numbered += count;
            if (_ended is not null)
                return Task.FromException(_ended);
            var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((_numbered, left));
            return left.Task;
        }
    }

    public void Left(InjectedFrame injected)
    {
        lock (_gate)
        {
            while (_waiting.TryPeek(out var batch) && (batch.Last <= injected.Number || injected.Error.Length > 0))
            {
                _waiting.Dequeue();
                if (injected.Error.Length > 0)
                    batch.Left.TrySetException(new ManagerException(ManagerError.No, injected.Error));
                else
                    batch.Left.TrySetResult();
            }
        }
    }

    /// <summary>The datastore is gone: nobody waits for it any more.</summary>
    public void End(string datastore)
    {
        lock (_gate)
        {
            _ended = Gone(datastore);
            while (_waiting.TryDequeue(out var batch))
                batch.Left.TrySetException(_ended);
        }
    }
}
