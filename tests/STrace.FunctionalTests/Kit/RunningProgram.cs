using System.Diagnostics;
using System.Runtime.InteropServices;

namespace STrace.FunctionalTests;

/// <summary>A program, its lines kept as they come; it and its children are killed at the latest when this is disposed.</summary>
internal sealed partial class RunningProgram : IDisposable
{
    public const int SigTerm = 15;
    public const int SigKill = 9;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _command;
    private readonly Lock _gate = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private TaskCompletionSource _more = NewSignal();

    /// <param name="environment">Variables to set; those of S-Trace are not taken from the test's own environment.</param>
    public RunningProgram(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Product.Root,
        };
        foreach (string name in new[] { "STRACE_HOST", "STRACE_SERVER", "STRACE_SOCKET", "STRACE_VERBOSE" })
            start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            if (value is not null)
                start.Environment[name] = value;
        }
        _command = $"{Path.GetFileName(file)} {string.Join(' ', start.ArgumentList)}";
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Keep(_output, e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(_errors, e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool Running => !_process.HasExited;

    /// <summary>What it has written to stdout so far.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (_gate)
                return [.. _output];
        }
    }

    /// <summary>What it has written to stderr so far.</summary>
    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (_gate)
                return [.. _errors];
        }
    }

    public static Task<Finished> RunAsync(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, TimeSpan? patience = null) =>
        new RunningProgram(file, arguments, environment).EndAsync(patience);

    /// <summary>Waits for a line of stdout that is this word: how the product's servers say that they can be used.</summary>
    public Task<RunningProgram> SaysAsync(string word) => UntilAsync(_output, line => line == word, word);

    /// <summary>Waits for a line of stderr that contains this text.</summary>
    public Task<RunningProgram> LogsAsync(string text) =>
        UntilAsync(_errors, line => line.Contains(text, StringComparison.Ordinal), text);

    public void Signal(int number) => Assert.Equal(0, Kill(_process.Id, number));

    /// <summary>Completes when it has ended.</summary>
    public Task EndedAsync() => _process.WaitForExitAsync();

    /// <summary>Waits until it has ended, and disposes it.</summary>
    public async Task<Finished> EndAsync(TimeSpan? patience = null)
    {
        using (this)
        {
            try
            {
                await _process.WaitForExitAsync().WaitAsync(patience ?? Patience);
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"{_command} did not end: {Words()}");
            }
            lock (_gate)
                return new Finished(_command, _process.ExitCode, Text(_output), Text(_errors));
        }
    }

    /// <summary>Asks it to end, and waits until it has.</summary>
    public Task<Finished> StopAsync()
    {
        if (Running)
            Signal(SigTerm);
        return EndAsync();
    }

    public void Dispose()
    {
        if (Running)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string Text(List<string> lines) => string.Concat(lines.Select(line => line + "\n"));

    private void Keep(List<string> lines, string? line)
    {
        lock (_gate)
        {
            if (line is not null)
                lines.Add(line);
            _more.SetResult(); // also at the end: whoever waits looks whether the program still runs
            _more = NewSignal();
        }
    }

    private async Task<RunningProgram> UntilAsync(List<string> lines, Predicate<string> wanted, string what)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (lines.Exists(wanted))
                    return this;
                more = _more.Task;
            }
            try
            {
                await Task.WhenAny(more, _process.WaitForExitAsync(deadline.Token)).Unwrap();
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{_command} did not say '{what}': {Words()}");
            }
            lock (_gate)
            {
                if (!Running && !lines.Exists(wanted))
                    throw new InvalidOperationException($"{_command} ended before it said '{what}': {Words()}");
            }
        }
    }

    private string Words()
    {
        lock (_gate)
            return Text(_errors) + Text(_output);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
