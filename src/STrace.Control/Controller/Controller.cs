using Microsoft.Extensions.Logging;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The built-in controller: finds the links, answers ARP for virtual addresses, translates, and learns.</summary>
public sealed class Controller : IControlPlane
{
    private const ushort WholePackets = 0xffff;

    private readonly LinkDiscovery _discovery;
    private readonly IReadOnlyList<IControlApplication> _applications;
    private readonly HashSet<Handler> _handlers = [];

    /// <param name="datastores">The same as the listener's; null where there are none.</param>
    public Controller(NatOptions nat, TimeProvider time, ILogger<Controller> logger, DatastorePorts? datastores = null)
    {
        datastores ??= new DatastorePorts();
        _discovery = new LinkDiscovery(datastores, time);
        _applications = [new DatastoreKeeper(datastores), _discovery, new NatApplication(nat, time, logger), new LearningSwitch()];
    }

    public ITopology Topology => _discovery;

    /// <summary>
    /// Has whole packets sent here, empties the flow table, so that nothing of an earlier connection is left, and starts the
    /// applications.
    /// </summary>
    public ISwitchHandler SwitchUp(Datapath datapath)
    {
        datapath.Send(new SetConfigMessage { Xid = datapath.NextXid(), MissSendLength = WholePackets });
        datapath.DeleteFlows();
        var handler = new Handler(this, datapath);
        lock (_handlers)
            _handlers.Add(handler);
        return handler;
    }

    /// <summary>
    /// Empties the flow tables of these switches and forgets what was learnt from them, so that every rule is installed
    /// anew, that of a translated connection at once, others when their packets come: at a session's start, for the rules to
    /// have the mirror and its record to hold them; at its end, for them to lose it. Switches that are not connected are
    /// passed over.
    /// </summary>
    /// <exception cref="ControlException">A switch did not confirm it in time.</exception>
    public Task ForgetFlowsAsync(IEnumerable<ulong> dpids, CancellationToken cancellationToken)
    {
        var wanted = dpids.ToHashSet();
        List<Handler> handlers;
        lock (_handlers)
            handlers = [.. _handlers.Where(handler => wanted.Contains(handler.Datapath.Dpid))];
        return Task.WhenAll(handlers.Select(handler => handler.ForgetFlowsAsync(cancellationToken)));
    }

    /// <summary>One connection. Messages come from its reader, <see cref="ForgetFlowsAsync"/> from anywhere: one at a time.</summary>
    private sealed class Handler : ISwitchHandler
    {
        private readonly Lock _gate = new();
        private readonly Controller _controller;
        private readonly ISwitchApplication[] _applications;

        public Handler(Controller controller, Datapath datapath)
        {
            _controller = controller;
            Datapath = datapath;
            _applications =
                [.. controller._applications.Select(application => application.SwitchUp(datapath)).OfType<ISwitchApplication>()];
        }

        public Datapath Datapath { get; }

        public void Receive(OpenFlowMessage message, ReadOnlyMemory<byte> frame)
        {
            lock (_gate)
                Receive(message);
        }

        public Task ForgetFlowsAsync(CancellationToken cancellationToken)
        {
            lock (_gate)
            {
                Datapath.DeleteFlows();
                foreach (var application in _applications)
                    application.Forget();
            }
            return Datapath.BarrierAsync(cancellationToken);
        }

        public void SwitchDown()
        {
            lock (_controller._handlers)
                _controller._handlers.Remove(this);
            foreach (var application in _applications)
                application.SwitchDown();
        }

        private void Receive(OpenFlowMessage message)
        {
            switch (message)
            {
                case PacketInMessage packetIn when PacketHeaders.TryRead(packetIn.Data.Span, out var headers):
                    foreach (var application in _applications)
                    {
                        if (application.PacketIn(packetIn, headers))
                            break;
                    }
                    break;
                case FlowRemovedMessage removed:
                    foreach (var application in _applications)
                        application.FlowRemoved(removed);
                    break;
                case PortStatusMessage status:
                    foreach (var application in _applications)
                        application.PortStatus(status);
                    break;
            }
        }
    }
}
