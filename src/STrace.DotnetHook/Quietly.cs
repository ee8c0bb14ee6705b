using System.Diagnostics.CodeAnalysis;

namespace STrace.DotnetHook;

internal static class Quietly
{
    /// <summary>The application comes first: where the hook fails, it runs without.</summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Nothing may escape into the application.")]
    public static void Run(Action action)
    {
        try
        {
            action();
        }
        catch (Exception)
        {
        }
    }
}
