using STrace.Capture;

namespace STrace.Agent;

/// <summary>Opens an interface for sending; <see cref="PcapSink.Open"/> unless a test says otherwise.</summary>
internal delegate IPacketSink OpenSink(string interfaceName);
