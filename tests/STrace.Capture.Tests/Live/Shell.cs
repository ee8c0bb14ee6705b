using System.Diagnostics;

namespace STrace.Capture.Tests.Live;

/// <summary>Runs programs of the machine.</summary>
internal static class Shell
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Runs a command line through sh and returns what it writes.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has its output.</exception>
    public static string Run(string command)
    {
        using Process process = Start(command);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience), $"{command}: still running");
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{command}: exit {process.ExitCode}: {output}{errors.Result}");
    }

    /// <summary>Starts a command line that goes on running.</summary>
    public static Process Start(string command) => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
