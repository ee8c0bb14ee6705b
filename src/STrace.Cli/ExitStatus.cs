namespace STrace.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitStatus
{
    public const int Ok = 0;

    /// <summary>The answer is no: what was asked for is not there, or cannot be now.</summary>
    public const int No = 1;
    public const int Usage = 2;
    public const int Unreachable = 3;

    /// <summary>The configuration or a recording cannot be used.</summary>
    public const int Bad = 4;
    public const int Permission = 5;
    public const int Bug = 70;
}
