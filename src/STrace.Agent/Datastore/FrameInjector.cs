using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;
using STrace.Capture;

namespace STrace.Agent;

/// <summary>Sends frames into the datastore's ports, in the order in which the manager gives them. Owned by the link's receiver.</summary>
internal sealed class FrameInjector(DatastoreOptions options, OpenSink open, ILogger<FrameInjector> logger) : IDisposable
{
    private static readonly TimeSpan LongestUnreported = TimeSpan.FromMilliseconds(5);

    private readonly Dictionary<(ulong Dpid, ushort Port), IPacketSink> _sinks = [];
    private InjectedFrame? _unreported;
    private long _reportedMs;

    /// <exception cref="AgentException">An interface cannot be opened.</exception>
    public void Open()
    {
        foreach (DatastorePort port in options.Ports)
        {
            try
            {
                _sinks.Add((port.Dpid, port.Port), open(port.Interface));
            }
            catch (CaptureException e)
            {
                throw new AgentException(e.Message, e.Kind == CaptureError.Permission);
            }
        }
    }

    /// <returns>A report that is due: the frame was not sent, or the last report is some time ago. Null when none is.</returns>
    public InjectedFrame? Send(InjectFrame inject)
    {
        string error = TrySend(inject);
        _unreported = new InjectedFrame(inject.Number, TickClock.NowNs, error);
        if (error.Length > 0)
            LogMessages.NotInjected(logger, inject.Number, error);
        bool due = error.Length > 0 || Environment.TickCount64 - _reportedMs >= LongestUnreported.TotalMilliseconds;
        return due ? Report() : null;
    }

    /// <returns>How far it has come, when that has not been reported.</returns>
    public InjectedFrame? Report()
    {
        InjectedFrame? report = _unreported;
        _unreported = null;
        _reportedMs = Environment.TickCount64;
        return report;
    }

    /// <summary>What was not reported on one connection is of no use on the next.</summary>
    public void Forget() => _unreported = null;

    public void Dispose()
    {
        foreach (IPacketSink sink in _sinks.Values)
            sink.Dispose();
    }

    /// <returns>Why it was not sent; empty when it was.</returns>
    private string TrySend(InjectFrame inject)
    {
        if (!_sinks.TryGetValue((inject.Dpid, inject.Port), out IPacketSink? sink))
            return $"datastore {options.Host} is not at port {inject.Port} of switch {inject.Dpid:x16}";
        try
        {
            sink.Send(inject.Frame.Span);
            return "";
        }
        catch (CaptureException e)
        {
            return e.Message;
        }
    }
}
