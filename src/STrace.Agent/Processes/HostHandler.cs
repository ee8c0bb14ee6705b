using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>What stands behind the link of a host's agent: the drain loop, and the monitor of the host's processes.</summary>
internal sealed class HostHandler(DrainLoop drain, ProcessMonitor monitor, ILogger<HostHandler> logger) : ILinkHandler
{
    public void Request(string? session)
    {
        monitor.Request(session); // first: the drain loop ends the session
        drain.Request(session);
    }

    public IEnumerable<byte[]> Greet()
    {
        monitor.Greet();
        return [];
    }

    public byte[]? Handle(object frame)
    {
        if (frame is not RefuseFrame refused)
            return ((ILinkHandler)drain).Handle(frame);
        LogMessages.Refused(logger, refused.Reason);
        return null;
    }
}
