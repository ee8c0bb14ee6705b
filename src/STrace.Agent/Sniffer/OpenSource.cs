using STrace.Capture;

namespace STrace.Agent;

/// <summary>Begins to capture in the calling thread's network namespace; <see cref="PcapSource.Open"/> unless a test says otherwise.</summary>
internal delegate IPacketSource OpenSource(CaptureOptions options);
