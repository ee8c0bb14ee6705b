using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace STrace.Capture.Tests.Live;

/// <summary>Two network namespaces, left (10.78.0.1) and right (10.78.0.2), joined by a veth pair and otherwise silent.</summary>
internal sealed partial class NamespacePair : IDisposable
{
    public const string LeftAddress = "10.78.0.1";
    public const string RightAddress = "10.78.0.2";

    private static int _count;

    private readonly string _name = $"stcap{Environment.ProcessId}x{Interlocked.Increment(ref _count)}";

    public NamespacePair()
    {
        try
        {
            Build();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Left => $"{_name}l";

    public string Right => $"{_name}r";

    /// <summary>The interface that both namespaces have.</summary>
    public static string Interface => "veth0";

    /// <summary>Runs on a thread that is in the namespace: sockets made there belong to it, whoever uses them.</summary>
    public static T In<T>(string name, Func<T> action)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() =>
        {
            using var file = File.OpenHandle($"/run/netns/{name}");
            Assert.Equal(0, SetNamespace((int)file.DangerousGetHandle(), 0));
            result = action();
        }));
        thread.Start();
        thread.Join();
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
        return result!;
    }

    public void Dispose() => Shell.Run($"ip netns del {Left}; ip netns del {Right}; true");

    private void Build() => Shell.Run($"""
        set -e
        for n in {Left} {Right}; do
            ip netns add $n
            ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
        done
        ip -n {Left} link add {Interface} type veth peer name {Interface} netns {Right}
        ip -n {Left} addr add {LeftAddress}/24 dev {Interface}
        ip -n {Right} addr add {RightAddress}/24 dev {Interface}
        ip -n {Left} link set {Interface} up
        ip -n {Right} link set {Interface} up
        """);

    [LibraryImport("libc", EntryPoint = "setns")]
    private static partial int SetNamespace(int descriptor, int kind);
}
