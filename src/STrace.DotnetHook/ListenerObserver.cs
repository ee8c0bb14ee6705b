namespace STrace.DotnetHook;

/// <summary>
/// Waits for the DiagnosticListener of ASP.NET Core. It is known by its interfaces alone: a reference to its assembly would tie the
/// hook to one version of it.
/// </summary>
internal sealed class ListenerObserver : IObserver<object>
{
    public static void Start()
    {
        Type type = Type.GetType("System.Diagnostics.DiagnosticListener, System.Diagnostics.DiagnosticSource", throwOnError: true)!;
        ((IObservable<object>)type.GetProperty("AllListeners")!.GetValue(null)!).Subscribe(new ListenerObserver());
    }

    /// <param name="value">A listener; its text is its name.</param>
    public void OnNext(object value)
    {
        if (value.ToString() == "Microsoft.AspNetCore")
            Quietly.Run(() => RequestObserver.Observe(value));
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }
}
