namespace STrace.Agent.Tests;

/// <summary>A test that makes interfaces and captures on them.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
            Skip = "making interfaces and capturing on them needs root";
    }
}
