using STrace.DotnetHook;

/// <summary>What DOTNET_STARTUP_HOOKS runs before a program's Main; the runtime finds it by this name, outside of any namespace.</summary>
internal static class StartupHook
{
    /// <summary>Does nothing in a process that does not run under libwrapper, and until ASP.NET Core is loaded.</summary>
    public static void Initialize() => Quietly.Run(() =>
    {
        if (LibWrapper.Find())
            AppDomain.CurrentDomain.AssemblyLoad += OnAssemblyLoad;
    });

    private static void OnAssemblyLoad(object? sender, AssemblyLoadEventArgs e) => Quietly.Run(() =>
    {
        if (e.LoadedAssembly.GetName().Name != "Microsoft.AspNetCore.Hosting")
            return;
        AppDomain.CurrentDomain.AssemblyLoad -= OnAssemblyLoad;
        ListenerObserver.Start();
    });
}
