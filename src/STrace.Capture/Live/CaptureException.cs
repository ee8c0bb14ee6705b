namespace STrace.Capture;

/// <summary>Why capturing or sending does not work.</summary>
public enum CaptureError
{
    /// <summary>libpcap is not on the machine.</summary>
    NotInstalled,
    Permission,
    NoSuchInterface,
    InterfaceDown,

    /// <summary>The interface does not carry Ethernet frames.</summary>
    LinkType,
    BadFilter,

    /// <summary>Anything else; the message has libpcap's words.</summary>
    Failed,
}

/// <summary>Capturing or sending does not work; the message is a sentence that says what, where and what to do.</summary>
public sealed class CaptureException : Exception
{
    internal CaptureException(CaptureError kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    public CaptureError Kind { get; }

    internal static CaptureException NotInstalled(Exception inner) => new(
        CaptureError.NotInstalled,
        $"{Libpcap.Library} (1.10 or newer) is not on this machine: apt-get install libpcap0.8",
        inner);

    /// <param name="doing">"capturing" or "sending".</param>
    /// <param name="status">A negative result of libpcap.</param>
    /// <param name="detail">What libpcap says of it.</param>
    internal static CaptureException Of(string doing, string interfaceName, int status, string detail) => status switch
    {
        Libpcap.PermissionDenied or Libpcap.PromiscuousPermissionDenied => new(
            CaptureError.Permission,
            $"{doing} on {interfaceName} needs root or CAP_NET_RAW: run as root, or setcap cap_net_raw+ep {Environment.ProcessPath}"),
        Libpcap.NoSuchDevice => new(
            CaptureError.NoSuchInterface,
            $"{doing} on {interfaceName} is not possible, there is no such interface: ip link lists those that there are"),
        Libpcap.InterfaceNotUp => new(
            CaptureError.InterfaceDown,
            $"{doing} on {interfaceName} is not possible, the interface is down: ip link set {interfaceName} up"),
        _ => new(CaptureError.Failed, $"{doing} on {interfaceName} failed: {detail}"),
    };
}
