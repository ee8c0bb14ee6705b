namespace STrace.Control;

/// <summary>What went wrong between the manager and the switches, in one sentence for the operator.</summary>
public sealed class ControlException : Exception
{
    public ControlException(string message) : base(message)
    {
    }

    public ControlException(string message, Exception inner) : base(message, inner)
    {
    }
}
