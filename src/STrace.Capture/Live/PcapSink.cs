namespace STrace.Capture;

/// <summary>Sends frames out of an interface with libpcap.</summary>
public sealed class PcapSink : IPacketSink
{
    /// <summary>BPF_RET|BPF_K with K 0: of every packet keep nothing.</summary>
    private static readonly Libpcap.Instruction RejectAll = new() { Code = 0x06 };

    private readonly PcapHandle _handle;

    private PcapSink(PcapHandle handle) => _handle = handle;

    /// <summary>Opens an Ethernet interface of the calling thread's network namespace.</summary>
    /// <exception cref="CaptureException">It is not possible; the kind and the message say why and what to do.</exception>
    public static unsafe PcapSink Open(string interfaceName)
    {
        // libpcap sends through a socket that also receives: nobody reads it, so it gets little memory and no packet.
        var options = new CaptureOptions { Interface = interfaceName, SnapLength = 64, BufferBytes = 1 << 16, Delay = TimeSpan.Zero };
        PcapHandle handle = PcapHandle.Open(options, "sending");
        try
        {
            Libpcap.Instruction instruction = RejectAll;
            var program = new Libpcap.Program { Length = 1, Instructions = &instruction };
            handle.Require(Libpcap.SetFilter(handle, &program));
            return new PcapSink(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public unsafe void Send(ReadOnlySpan<byte> frame)
    {
        fixed (byte* bytes = frame)
        {
            int status = Libpcap.Inject(_handle, bytes, (nuint)frame.Length);
            if (status < 0)
                _handle.Require(status, $" (frame of {frame.Length} bytes)");
        }
    }

    public void Dispose() => _handle.Dispose();
}
