using System.Runtime.InteropServices;

namespace STrace.Capture;

/// <summary>A pcap_t. Being a safe handle, it is closed only when no thread is within libpcap with it.</summary>
internal sealed class PcapHandle() : SafeHandle(0, ownsHandle: true)
{
    private string _doing = "";
    private string _interface = "";

    public override bool IsInvalid => handle == 0;

    /// <summary>Opens an interface, frames being captured as the options say; direction and filter are set on the result.</summary>
    /// <param name="doing">"capturing" or "sending", for the exception's message.</param>
    /// <exception cref="CaptureException">It cannot be opened.</exception>
    public static unsafe PcapHandle Open(CaptureOptions options, string doing)
    {
        byte* errorBuffer = stackalloc byte[Libpcap.ErrorBufferSize];
        PcapHandle handle;
        try
        {
            handle = Libpcap.Create(options.Interface, errorBuffer);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw CaptureException.NotInstalled(e);
        }
        if (handle.IsInvalid)
            throw CaptureException.Of(doing, options.Interface, -1, Text(errorBuffer));
        (handle._doing, handle._interface) = (doing, options.Interface);

        // These fail only on a handle that is active.
        Libpcap.SetSnapLength(handle, options.SnapLength);
        Libpcap.SetPromiscuous(handle, options.Promiscuous ? 1 : 0);
        Libpcap.SetBufferSize(handle, options.BufferBytes);
        Libpcap.SetTimestampPrecision(handle, Libpcap.PrecisionNano);
        if (options.Delay == TimeSpan.Zero)
            Libpcap.SetImmediateMode(handle, 1);
        else
            Libpcap.SetTimeout(handle, (int)Math.Ceiling(options.Delay.TotalMilliseconds));

        try
        {
            handle.Require(Libpcap.Activate(handle)); // above 0 is a warning: "any" knows no promiscuous mode
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <param name="status">A result of libpcap on this handle.</param>
    /// <param name="subject">What it was about, where the interface does not say it.</param>
    /// <exception cref="CaptureException">It is negative.</exception>
    public void Require(int status, string subject = "")
    {
        if (status < 0)
            throw CaptureException.Of(_doing, _interface, status, ErrorOf(status) + subject);
    }

    /// <summary>What libpcap says of a negative result on this handle.</summary>
    public unsafe string ErrorOf(int status)
    {
        string detail = Text(Libpcap.ErrorText(this));
        return detail.Length > 0 ? detail : Text(Libpcap.StatusText(status));
    }

    protected override bool ReleaseHandle()
    {
        Libpcap.Close(handle);
        return true;
    }

    private static unsafe string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
