namespace STrace.Manager;

/// <summary>Why a request cannot be met; decides the exit status of the command that made it.</summary>
public enum ManagerError
{
    /// <summary>What was asked for is not there, or the state does not allow it.</summary>
    No,

    /// <summary>The request is not of the form that the manager understands.</summary>
    Usage,

    /// <summary>The configuration or a recording cannot be used.</summary>
    Bad,

    Permission,
}

/// <summary>One sentence for the operator: what, where, what to do.</summary>
public sealed class ManagerException(ManagerError error, string message) : Exception(message)
{
    public ManagerError Error { get; } = error;
}
