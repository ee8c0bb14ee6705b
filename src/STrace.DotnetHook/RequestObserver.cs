namespace STrace.DotnetHook;

/// <summary>Gives each request of ASP.NET Core a context, which follows it through its asynchronous work on any thread.</summary>
internal sealed class RequestObserver : IObserver<KeyValuePair<string, object?>>
{
    // Not HttpRequestIn.Start: who listens to that has an Activity made for each request, and its headers sent onwards.
    private const string RequestBegins = "Microsoft.AspNetCore.Hosting.BeginRequest";

    private static readonly AsyncLocal<ulong> s_context = new(change => LibWrapper.SetContext(change.CurrentValue));
    private static long s_last;

    /// <summary>Listens to a DiagnosticListener, to nothing but the begin of requests.</summary>
    public static void Observe(object listener) => listener.GetType()
        .GetMethod("Subscribe", [typeof(IObserver<KeyValuePair<string, object?>>), typeof(Predicate<string>)])!
        .Invoke(listener, [new RequestObserver(), (Predicate<string>)(name => name == RequestBegins)]);

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key == RequestBegins)
            Quietly.Run(() => Begin(value.Value));
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    private static void Begin(object? request)
    {
        ulong context = (ulong)Interlocked.Increment(ref s_last);
        s_context.Value = context;
        if (request is not null && ConnectionSocket.Of(request) is { } socket)
            LibWrapper.DeclareRequest((int)socket.Handle, context);
    }
}
