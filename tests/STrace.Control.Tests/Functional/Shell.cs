using System.Diagnostics;

namespace STrace.Control.Tests.Functional;

/// <summary>Runs programs of the machine.</summary>
internal static class Shell
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Runs a command line through sh and returns what it writes.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has its output.</exception>
    public static async Task<string> RunAsync(string command)
    {
        using var process = Start(command);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{command}: exit {process.ExitCode}: {await output}{await errors}");
    }

    /// <summary>As <see cref="RunAsync"/>, where failure does not matter.</summary>
    public static async Task<bool> TryAsync(string command)
    {
        try
        {
            await RunAsync(command);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Starts a command line that goes on running.</summary>
    public static Process Start(string command) => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec {command}"])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
