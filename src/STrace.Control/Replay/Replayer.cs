using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Carries out plans, one at a time on a stage.</summary>
public sealed class Replayer(TimeProvider time)
{
    /// <summary>
    /// Empties the stage's switches and does the plan's steps in order: no packet goes before the rules that precede it are
    /// confirmed by all switches, no rule before the packets that precede it have passed. The tables stay as the plan leaves
    /// them; a replay that is cancelled or fails leaves them empty.
    /// </summary>
    /// <exception cref="ControlException">
    /// The stage is not the recorded network (nothing has been sent then), or a switch was lost on the way.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<ReplayRecord> RunAsync(
        ReplayPlan plan,
        IReplayStage stage,
        ReplayOptions options,
        IProgress<ReplayProgress>? progress,
        CancellationToken cancellationToken)
    {
        ReplayCheck.Demand(plan, stage);
        var dpids = plan.Steps.Select(step => step.Dpid).Distinct().ToList();
        var run = new ReplayRun(plan.Steps, stage, options, time);
        stage.Received += run.Receive;
        try
        {
            await Task.WhenAll(dpids.Select(dpid => EmptyAsync(stage, dpid, cancellationToken)));
            await run.RunAsync(progress, cancellationToken);
            return run.ToRecord();
        }
        catch
        {
            await Task.WhenAll(dpids.Select(dpid => TryEmptyAsync(stage, dpid)));
            throw;
        }
        finally
        {
            stage.Received -= run.Receive;
        }
    }

    private static Task<uint> EmptyAsync(IReplayStage stage, ulong dpid, CancellationToken cancellationToken)
    {
        stage.Send(dpid, new FlowModMessage { Command = FlowModCommand.Delete });
        return stage.BarrierAsync(dpid, cancellationToken);
    }

    private static async Task TryEmptyAsync(IReplayStage stage, ulong dpid)
    {
        try
        {
            await EmptyAsync(stage, dpid, CancellationToken.None);
        }
        catch (ControlException)
        {
            // It is emptied when it connects again.
        }
    }
}
