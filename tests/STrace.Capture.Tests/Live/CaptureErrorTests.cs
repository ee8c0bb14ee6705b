using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace STrace.Capture.Tests.Live;

[Trait("Category", "Functional")]
public sealed partial class CaptureErrorTests
{
    private const uint Nobody = 65534;

    [FunctionalFact]
    public void Open_UnknownInterface_SaysSo()
    {
        CaptureException error = Assert.Throws<CaptureException>(() => PcapSource.Open(new CaptureOptions { Interface = "nope0" }));

        Assert.Equal(CaptureError.NoSuchInterface, error.Kind);
        Assert.Equal("capturing on nope0 is not possible, there is no such interface: ip link lists those that there are", error.Message);
        Assert.Equal(CaptureError.NoSuchInterface, Assert.Throws<CaptureException>(() => PcapSink.Open("nope0")).Kind);
    }

    [FunctionalFact]
    public void Open_WithoutRights_SaysWhatIsNeeded()
    {
        CaptureException[] errors = AsNobody(() => (CaptureException[])
        [
            Assert.Throws<CaptureException>(() => PcapSource.Open(new CaptureOptions())),
            Assert.Throws<CaptureException>(() => PcapSink.Open("lo")),
        ]);

        Assert.All(errors, error => Assert.Equal(CaptureError.Permission, error.Kind));
        Assert.Equal(
            $"capturing on any needs root or CAP_NET_RAW: run as root, or setcap cap_net_raw+ep {Environment.ProcessPath}",
            errors[0].Message);
        Assert.StartsWith("sending on lo needs root or CAP_NET_RAW", errors[1].Message, StringComparison.Ordinal);
    }

    [FunctionalFact]
    public void Open_FilterWithAnError_QuotesIt()
    {
        CaptureException error = Assert.Throws<CaptureException>(() => PcapSource.Open(new CaptureOptions { Filter = "tcp prot 80" }));

        Assert.Equal(CaptureError.BadFilter, error.Kind);
        Assert.Contains("'tcp prot 80' is no filter of pcap-filter(7)", error.Message, StringComparison.Ordinal);
    }

    [FunctionalFact]
    public void Open_InterfaceThatIsDown_SaysSo()
    {
        using var pair = new NamespacePair();
        Shell.Run($"ip -n {pair.Left} link set {NamespacePair.Interface} down");

        CaptureException error = Assert.Throws<CaptureException>(() =>
            NamespacePair.In(pair.Left, () => PcapSource.Open(new CaptureOptions { Interface = NamespacePair.Interface })));

        Assert.Equal(CaptureError.InterfaceDown, error.Kind);
        Assert.EndsWith("the interface is down: ip link set veth0 up", error.Message, StringComparison.Ordinal);
    }

    [FunctionalFact]
    public void Open_InterfaceWithoutEthernet_PointsToAny()
    {
        using var pair = new NamespacePair();
        Shell.Run($"ip -n {pair.Left} tuntap add tun0 mode tun && ip -n {pair.Left} link set tun0 up");

        CaptureException error = Assert.Throws<CaptureException>(() =>
            NamespacePair.In(pair.Left, () => PcapSource.Open(new CaptureOptions { Interface = "tun0" })));

        Assert.Equal(CaptureError.LinkType, error.Kind);
    }

    [FunctionalFact]
    public void Send_FrameLongerThanTheInterfaceAllows_Throws()
    {
        using var pair = new NamespacePair();
        using PcapSink sink = NamespacePair.In(pair.Left, () => PcapSink.Open(NamespacePair.Interface));

        CaptureException error = Assert.Throws<CaptureException>(() => sink.Send(new byte[4000]));

        Assert.Contains("(frame of 4000 bytes)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WithoutLibpcap_NamesThePackage()
    {
        // A second copy of the assembly, for which there is no such library.
        var context = new AssemblyLoadContext("without libpcap", isCollectible: true);
        Assembly copy = context.LoadFromAssemblyPath(typeof(PcapSource).Assembly.Location);
        NativeLibrary.SetDllImportResolver(copy, (name, _, _) => throw new DllNotFoundException(name));
        object options = Activator.CreateInstance(copy.GetType(typeof(CaptureOptions).FullName!)!)!;

        Exception error = Assert.Throws<TargetInvocationException>(() =>
            copy.GetType(typeof(PcapSource).FullName!)!.GetMethod(nameof(PcapSource.Open))!.Invoke(null, [options])).InnerException!;

        Assert.Equal("libpcap.so.0.8 (1.10 or newer) is not on this machine: apt-get install libpcap0.8", error.Message);
    }

    /// <summary>
    /// Runs on a thread that has given up root, and its capabilities with it: the system call, unlike the C library's function,
    /// changes the calling thread alone.
    /// </summary>
    private static T AsNobody<T>(Func<T> action)
    {
        int setresuid = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 147 : 117;
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() =>
        {
            Assert.Equal(0, SystemCall(setresuid, Nobody, Nobody, Nobody));
            result = action();
        }));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
        return result!;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nuint real, nuint effective, nuint saved);
}
