using System.CommandLine;
using STrace.Manager;

namespace STrace.Cli;

internal static class ReplayCommand
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromMilliseconds(500);

    private static readonly Argument<string> Session = new("SESSION") { Description = "the closed session to replay" };

    private static readonly Option<double> Speed = new("--speed")
    {
        Description = "1 is the original's timing, 0 as fast as the barriers allow",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<bool> WithoutRewrites = new("--without-rewrites") { Description = "leave out the rules that change addresses or ports" };

    private static readonly Option<string?> Only = new("--only")
    {
        Description = "send only these packets, as ovs-ofctl writes a match: tcp,nw_dst=10.0.0.5; all rules stay",
    };

    private static readonly Option<bool> HeadersOnly = new("--headers-only") { Description = "send zeros in place of what the packets carried" };
    private static readonly Option<bool> NoSync = new("--no-sync") { Description = "let no packet wait for its rules: shows what is dropped without" };

    public static Command Create()
    {
        var command = new Command(
            "replay",
            "Replay a session on the replay network, look at its rules, and compare what comes out with the record. " +
            "Ends with 0 when the replay agrees with it, with 1 when a packet was dropped or diverged; reordered, unexpected and unknown ones are told alone.")
        {
            Session, Speed, Only, HeadersOnly, NoSync, WithoutRewrites, ComparisonText.DetailsOption, ManagerClient.ServerOption, Output.FormatOption,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        if (parsed.GetValue(Speed) is < 0 or > 1000 or double.NaN)
            throw new CliException(ExitStatus.Usage, $"--speed: {parsed.GetValue(Speed)} is not a number from 0 to 1000");
        using ManagerClient manager = ManagerClient.Of(parsed);
        string session = Uri.EscapeDataString(parsed.GetValue(Session)!);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task watching = WatchAsync(manager, done.Token);
        ReplayInfo replay;
        try
        {
            replay = await manager.PostAsync<ReplayInfo>(
                $"sessions/{session}/replay",
                new ReplayRequest(
                    parsed.GetValue(Speed), parsed.GetValue(WithoutRewrites), parsed.GetValue(ComparisonText.DetailsOption), parsed.GetValue(Only),
                    parsed.GetValue(HeadersOnly), parsed.GetValue(NoSync)),
                ct);
        }
        finally
        {
            await done.CancelAsync();
            await watching;
        }
        if (Output.IsJson(parsed))
            Output.WriteJson(replay);
        else
            WriteText(replay);
        return replay.Comparison.FirstDivergence is null ? ExitStatus.Ok : ExitStatus.No;
    }

    private static async Task WatchAsync(ManagerClient manager, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await Task.Delay(ProgressEvery, ct);
                var progress = await manager.GetAsync<ReplayProgressInfo>("replay/progress", ct);
                if (progress.Steps > 0)
                    await Console.Error.WriteAsync($"\rreplay: {progress.Done} of {progress.Steps} steps");
            }
        }
        catch (Exception e) when (e is OperationCanceledException or CliException)
        {
            await Console.Error.WriteLineAsync();
        }
    }

    private static void WriteText(ReplayInfo replay)
    {
        Console.Out.WriteLine($"replay {replay.Id} of session {replay.Session}");
        Console.Out.WriteLine($"  {replay.FlowMods.Count} rules sent, {replay.Barriers.Count} barriers, {replay.PacketOuts} packets out, {replay.Injected.Sum(i => i.Frames)} frames injected");
        foreach (string error in replay.Errors)
            Console.Out.WriteLine($"  error: {error}");
        foreach (RewriteInfo rewrite in replay.Rewrites)
            Console.Out.WriteLine($"  rule that rewrites an unpaired start, at {rewrite.Dpid}: cookie={rewrite.Cookie} {rewrite.Match} -> {rewrite.Actions}");
        ComparisonText.Write(replay.Comparison);
    }
}
