namespace STrace.Cli;

/// <summary>Ends the command with one sentence on stderr and this exit status.</summary>
internal sealed class CliException(int status, string message) : Exception(message)
{
    public int Status { get; } = status;
}
