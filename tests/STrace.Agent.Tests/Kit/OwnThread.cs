using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace STrace.Agent.Tests;

/// <summary>
/// Network namespaces and capabilities belong to threads: runs parts of a test on threads of their own that have others. Threads that
/// these make inherit them: such a part must not set the thread pool to work, whose new threads would have them for good.
/// </summary>
internal static partial class OwnThread
{
    private const int NewNetwork = 0x40000000; // CLONE_NEWNET
    private const uint CapabilityVersion3 = 0x20080522; // _LINUX_CAPABILITY_VERSION_3

    /// <summary>On a thread in the namespace that `ip netns` calls so. Sockets, captures and threads made there stay there.</summary>
    public static Task InNamespace(string name, Action work) => Run(
        () =>
        {
            using var file = File.OpenHandle($"/run/netns/{name}");
            Require(SetNamespace((int)file.DangerousGetHandle(), NewNetwork));
        },
        work);

    /// <summary>On a thread without any capability, as a user has it who is not root.</summary>
    public static unsafe Task WithoutRights(Action work) => Run(
        () =>
        {
            uint* header = stackalloc uint[2] { CapabilityVersion3, 0 };
            uint* none = stackalloc uint[6];
            new Span<uint>(none, 6).Clear();
            Require(SetCapabilities(header, none));
        },
        work);

    private static Task Run(Action prepare, Action work) => Task.Factory.StartNew(
        () =>
        {
            Exception? failure = null;
            var thread = new Thread(() => failure = Record.Exception(() =>
            {
                prepare();
                work();
            }));
            thread.Start();
            thread.Join();
            if (failure is not null)
                ExceptionDispatchInfo.Throw(failure);
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void Require(int result)
    {
        if (result != 0)
            throw new InvalidOperationException(Marshal.GetLastPInvokeErrorMessage());
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int descriptor, int kind);

    [LibraryImport("libc", EntryPoint = "capset", SetLastError = true)]
    private static unsafe partial int SetCapabilities(uint* header, uint* data);
}
