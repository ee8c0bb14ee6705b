using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Keeps a datastore's port out of the forwarding: nothing is flooded to it, and nothing that it sends is looked at.</summary>
internal sealed class DatastoreKeeper(DatastorePorts datastores) : IControlApplication
{
    public ISwitchApplication SwitchUp(Datapath datapath) => new Keeper(datapath, datastores);

    private sealed class Keeper : ISwitchApplication
    {
        private readonly Lock _gate = new();
        private readonly Datapath _datapath;
        private readonly DatastorePorts _datastores;
        private ushort? _kept;

        public Keeper(Datapath datapath, DatastorePorts datastores)
        {
            _datapath = datapath;
            _datastores = datastores;
            datastores.Changed += Update;
            Update(datapath.Dpid);
        }

        public bool PacketIn(in ArrivedPacket packet, in PacketHeaders headers)
        {
            if (_datastores.Find(_datapath.Dpid) != packet.InPort)
                return false;
            _datapath.Drop(packet);
            return true;
        }

        public void PortStatus(PortStatusMessage message)
        {
            if (message.Reason == PortStatusReason.Add && _datastores.Find(_datapath.Dpid) == message.Port.Number)
                Configure(message.Port.Number, PortConfig.NoFlood);
        }

        public void SwitchDown() => _datastores.Changed -= Update;

        /// <summary>Called by the thread that changed the datastores.</summary>
        private void Update(ulong dpid)
        {
            if (dpid != _datapath.Dpid)
                return;
            lock (_gate)
            {
                var port = _datastores.Find(dpid);
                if (port == _kept)
                    return;
                if (_kept is { } earlier)
                    Configure(earlier, PortConfig.None);
                if (port is { } present)
                    Configure(present, PortConfig.NoFlood);
                _kept = port;
            }
        }

        /// <summary>PORT_MOD must name the port's address too (section 5.3.3); a port that is not there yet is met when it comes.</summary>
        private void Configure(ushort number, PortConfig flooding)
        {
            if (_datapath.Ports.FirstOrDefault(port => port.Number == number) is not { } port)
                return;
            _datapath.Send(new PortModMessage
            {
                Xid = _datapath.NextXid(),
                Port = number,
                HardwareAddress = port.HardwareAddress,
                Config = flooding,
                Mask = PortConfig.NoFlood,
            });
        }
    }
}
