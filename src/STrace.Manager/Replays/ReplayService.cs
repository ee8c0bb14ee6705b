using Microsoft.Extensions.Logging;
using STrace.Control;
using STrace.Model;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>
/// Replays a session on the replay network, one at a time. What is found of rewrites becomes part of what the session's paths can
/// be built with; the session's own record is not touched.
/// </summary>
internal sealed class ReplayService(
    ISessionStore store, SessionReader reader, PathService paths, AgentRegistry agents, ReplayDoor door, ReplayOutputs outputs,
    TimeProvider time, ILogger<ReplayService> logger) : IDisposable
{
    /// <summary>For the last packets to cross the network.</summary>
    private static readonly TimeSpan Afterwards = TimeSpan.FromMilliseconds(300);

    private readonly SemaphoreSlim _one = new(1);
    private ReplayProgress _progress;

    /// <summary>Of the replay that runs, or the last one.</summary>
    public ReplayProgress Progress => _progress;

    /// <exception cref="ManagerException">Another replay runs, or a datastore does not do its part.</exception>
    /// <exception cref="ControlException">The replay network is not the recorded one, or was lost on the way.</exception>
    /// <exception cref="SessionStoreException">There is no such session, or it cannot be read.</exception>
    public async Task<ReplayInfo> RunAsync(string name, ReplayRequest request, CancellationToken ct)
    {
        door.DemandOpen();
        if (!await _one.WaitAsync(TimeSpan.Zero, ct))
            throw new ManagerException(ManagerError.No, "another replay runs: wait for its end");
        try
        {
            return await ReplayAsync(name, request, ct);
        }
        finally
        {
            _progress = default;
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<ReplayInfo> ReplayAsync(string name, ReplayRequest request, CancellationToken ct)
    {
        ISession session = store.Open(name);
        if (session.Info.State == SessionState.Open)
            throw new ManagerException(ManagerError.No, $"session '{name}' still records: stop it first with `s-trace session stop`");

        FlowSelection? only = request.Only is null ? null : Selection(request.Only);
        ReplayPlan plan = ReplayPlan.Build(
            reader.Messages(name, session), reader.Frames(name, session),
            new ReplayPlanOptions
            {
                Without = request.WithoutRewrites ? ReplayPlanOptions.Rewrites : null,
                Only = only,
                HeadersOnly = request.HeadersOnly,
            });
        var options = new ReplayOptions
        {
            Id = $"{time.GetUtcNow():yyyyMMdd'T'HHmmss}-{Guid.NewGuid().ToString("N")[..8]}",
            Speed = request.Speed,
            Synchronised = !request.NoSync,
            Starts = [.. paths.Build(name, [], Timeout.InfiniteTimeSpan).Unpaired.Where(u => u.Operation == Operation.Connect).Select(u => u.Flow)],
        };
        var datastores = new ReplayDatastores(agents.Connected);
        string recordAs = outputs.Begin(options.Id);
        await datastores.ArmAsync(recordAs, ct);
        ReplayRecord record;
        try
        {
            var network = new ReplayNetwork(door.Switches, door.Plane, datastores);
            record = await new Replayer(time).RunAsync(plan, network, options, new Progress<ReplayProgress>(p => _progress = p), ct);
            await Task.Delay(Afterwards, ct);
        }
        finally
        {
            await datastores.DisarmAsync(recordAs, CancellationToken.None);
        }

        var evidence = new ReplayEvidence
        {
            Original = request.WithoutRewrites || only is not null
                ? ReplayPlan.Build(
                    reader.Messages(name, session), reader.Frames(name, session), new ReplayPlanOptions { HeadersOnly = request.HeadersOnly })
                : null,
            Synchronised = !request.NoSync,
            Errors = record.Errors,
            Sniffed = reader.Packets(name, session),
            HasReceiver = datastores.CanInject,
            DoneNs = record.DoneNs,
            Details = request.Details,
        };
        ReplayComparison comparison = ReplayComparison.Compare(plan, outputs.End(), evidence);
        DerivedRewrites.Save(session, record.Rewrites);
        paths.Forget(name);
        LogMessages.Replayed(logger, record.Id, name, record.FlowMods.Count, record.Injected.Values.Sum(), record.Rewrites.Count);
        return ReplayAnswer.Of(name, record, ComparisonAnswer.Of(comparison, evidence.LateAfter), datastores);
    }

    private static FlowSelection Selection(string match)
    {
        try
        {
            return FlowSelection.Parse(match);
        }
        catch (ControlException e)
        {
            throw new ManagerException(ManagerError.Usage, e.Message);
        }
    }
}
