using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// One switch and its upstreams: what goes to whom, and as what. Messages of the switch come from its reader, those of an upstream from
/// the upstream's.
/// </summary>
internal sealed class ProxySwitch : ISwitchHandler, IDisposable
{
    // What may wait for one side before the other is not read any more.
    private const int WaitingBytes = 1 << 18;

    private readonly IReadOnlyList<ISwitchApplication> _applications;
    private readonly ProxyServices _services;
    private readonly Action<ProxySwitch> _down;
    private readonly Upstream[] _upstreams;
    private readonly XidTable _xids = new();
    private readonly ChangedMessages _changed = new();
    private readonly RoleTable? _roles;
    private readonly UpstreamSettings[] _settings;

    // What has been said of the upstreams' rules; used by who has the turn.
    private readonly HashSet<string> _said = [];

    // Held by who sends messages of an upstream, and while rules are renewed: none may change between being read and being written.
    private readonly SemaphoreSlim _turn = new(1);

    // The datastore's port, also while its mirrors are being removed.
    private volatile int _hidden = -1;

    public ProxySwitch(Datapath datapath, IReadOnlyList<ISwitchApplication> applications, ProxyServices services, Action<ProxySwitch> down)
    {
        Datapath = datapath;
        _applications = applications;
        _services = services;
        _down = down;
        _hidden = services.Datastores.Find(datapath.Dpid) ?? -1;
        _roles = services.Upstreams.Count > 1 ? new RoleTable(services.Upstreams.Count) : null;
        _settings = [.. services.Upstreams.Select(_ => new UpstreamSettings())];
        _upstreams = [.. services.Upstreams.Select((address, index) => new Upstream(address, index, this, services))];
    }

    public Datapath Datapath { get; }

    /// <summary>Begins to dial; the switch's features are known.</summary>
    public void Start()
    {
        _services.Datastores.Changed += DatastoreChanged;
        foreach (var upstream in _upstreams)
            upstream.Start();
    }

    public void SwitchDown()
    {
        Dispose();
        foreach (var application in _applications)
            application.SwitchDown();
        _down(this);
    }

    public void Dispose()
    {
        _services.Datastores.Changed -= DatastoreChanged;
        foreach (var upstream in _upstreams)
            upstream.Dispose();
    }

    public async ValueTask ReadBeginsAsync(CancellationToken cancellationToken)
    {
        foreach (var upstream in _upstreams)
            await upstream.WaitForRoomAsync(WaitingBytes, cancellationToken);
    }

    public bool Pass(ReadOnlyMemory<byte> frame)
    {
        var bytes = frame.Span;
        switch ((MessageType)bytes[OpenFlowFields.Type])
        {
            case MessageType.PacketIn:
                if (frame.Length < OpenFlowFields.PacketInData || !IsOfTheManager(Packet(frame)))
                    Tell(frame);
                return true;
            case MessageType.Vendor when VendorPacketIn.Is(bytes):
                if (VendorPacketIn.Read(frame) is not { } packet || !IsOfTheManager(packet))
                    Tell(frame);
                return true;
            case MessageType.PortStatus:
                PassPortStatus(frame);
                return true;
            case MessageType.FlowRemoved:
                Tell(frame);
                return true;
            default:
                var xid = OpenFlowFields.U32(bytes, OpenFlowFields.Xid);
                if (Datapath.IsOwnXid(xid))
                    return false;
                Answer(frame, xid);
                return true;
        }
    }

    public void ReadEnds()
    {
        foreach (var upstream in _upstreams)
            upstream.Flush();
    }

    public void Receive(OpenFlowMessage message, ReadOnlyMemory<byte> frame)
    {
        // The answer to a request of the manager's own, too late.
    }

    /// <summary>An upstream's messages have come; they wait for the switch, and for <see cref="RenewFlowsAsync"/>.</summary>
    public ValueTask UpstreamBeginsAsync(CancellationToken cancellationToken)
    {
        var room = Datapath.WaitForRoomAsync(WaitingBytes, cancellationToken);
        var turn = _turn.WaitAsync(CancellationToken.None);
        return room.IsCompletedSuccessfully && turn.IsCompletedSuccessfully ? ValueTask.CompletedTask : WaitAsync();

        async ValueTask WaitAsync()
        {
            await turn;
            try
            {
                await room;
            }
            catch
            {
                _turn.Release();
                throw;
            }
        }
    }

    public void UpstreamEnds()
    {
        Datapath.Flush();
        _turn.Release();
    }

    /// <summary>A message of an upstream to the switch.</summary>
    public void Pass(Upstream from, ReadOnlyMemory<byte> frame)
    {
        if (_roles?.Answer(from.Index, frame.Span) is { } answer)
        {
            from.Send(answer);
            return;
        }
        _settings[from.Index].See(frame.Span);
        var asked = OpenFlowFields.U32(frame.Span, OpenFlowFields.Xid);
        var xid = _xids.Translate(from.Index, asked);
        var recorded = xid == asked ? frame : OpenFlowFields.WithXid(frame.Span, xid);
        var wire = Changed(recorded.Span) is { } changed ? changed : recorded;
        if (!wire.Equals(frame))
            _changed.Add(wire.Span, frame.Span);
        Datapath.Forward(wire, recorded);
    }

    /// <summary>A connection to an upstream is gone, and with it what the switch is to do for it alone.</summary>
    public async Task UpstreamGoneAsync(Upstream upstream)
    {
        _roles?.Reset(upstream.Index);
        await _turn.WaitAsync();
        foreach (var message in _settings[upstream.Index].TakeBack(Datapath.NextXid))
            Datapath.Send(message);
        _turn.Release();
    }

    /// <inheritdoc cref="RuleRenewal"/>
    public async Task RenewFlowsAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var port = _services.Datastores.Recording ? _services.Datastores.Find(Datapath.Dpid) : null;
            ushort? earlier = _hidden is >= 0 and var hidden ? (ushort)hidden : null;
            await new RuleRenewal(Datapath, earlier, port).RunAsync(_settings.Any(settings => settings.NamesTables), cancellationToken);
            _hidden = _services.Datastores.Find(Datapath.Dpid) ?? -1;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What is recorded goes out with a mirror; null where a message goes out as it is.</summary>
    private byte[]? Changed(ReadOnlySpan<byte> frame)
    {
        if (_services.Datastores.Find(Datapath.Dpid) is not { } port)
            return null;
        if ((MessageType)frame[OpenFlowFields.Type] == MessageType.PacketOut)
            return HiddenDatastore.WithoutDatastore(frame, port, Datapath.Ports);
        if (!_services.Datastores.Recording)
            return null;
        if (MirroredRules.Flaw(frame) is { } flaw && _said.Add(flaw))
            _services.Logger.RuleNotMirrored(Datapath.Dpid, flaw);
        return MirroredRules.Add(frame, port);
    }

    private static PacketInMessage Packet(ReadOnlyMemory<byte> frame) => new()
    {
        BufferId = OpenFlowFields.U32(frame.Span, OpenFlowFields.PacketInBufferId),
        InPort = OpenFlowFields.U16(frame.Span, OpenFlowFields.PacketInPort),
        Reason = (PacketInReason)frame.Span[OpenFlowFields.PacketInReason],
        Data = frame[OpenFlowFields.PacketInData..],
    };

    /// <summary>Whether a packet came for the manager: its own LLDP, an answer to it, or from the datastore.</summary>
    private bool IsOfTheManager(PacketInMessage packet)
    {
        if (!PacketHeaders.TryRead(packet.Data.Span, out var headers))
            return false;
        var isOfTheManager = packet.InPort == _hidden || headers.Destination == LldpFrame.Source ||
            (headers.EtherType == Protocols.EtherLldp && LldpFrame.TryRead(packet.Data.Span, out _));
        // What is buffered for the upstream is not the applications' to drop.
        if (!isOfTheManager && packet.BufferId != OpenFlowConstants.NoBuffer)
            packet = packet with { BufferId = OpenFlowConstants.NoBuffer };
        foreach (var application in _applications)
        {
            if (application.PacketIn(packet, headers))
                break;
        }
        return isOfTheManager;
    }

    private void PassPortStatus(ReadOnlyMemory<byte> frame)
    {
        try
        {
            var status = (PortStatusMessage)OpenFlowCodec.Decode(frame.Span);
            Datapath.Take(status);
            foreach (var application in _applications)
                application.PortStatus(status);
            if (status.Port.Number == _hidden)
                return;
        }
        catch (OpenFlowProtocolException)
        {
            // The upstream may make something of it.
        }
        Tell(frame);
    }

    /// <summary>What the switch says of its own accord goes to all, packets and rules' ends not to slaves.</summary>
    private void Tell(ReadOnlyMemory<byte> frame)
    {
        var toSlaves = (MessageType)frame.Span[OpenFlowFields.Type] is not (MessageType.PacketIn or MessageType.FlowRemoved) &&
            NiciraFields.Type(frame.Span) is not (NiciraMessageType.PacketIn or NiciraFields.PacketIn2 or NiciraMessageType.FlowRemoved);
        foreach (var upstream in _upstreams)
        {
            if (toSlaves || _roles?.IsSlave(upstream.Index) != true)
                upstream.Forward(frame);
        }
    }

    /// <summary>Hands the answer to an upstream's request to that one, as if nobody stood between.</summary>
    private void Answer(ReadOnlyMemory<byte> frame, uint xid)
    {
        var type = (MessageType)frame.Span[OpenFlowFields.Type];
        if (type == MessageType.Vendor && xid == 0)
        {
            Tell(frame);
            return;
        }
        var (upstream, original) = _xids.Restore(xid);
        var changed = type == MessageType.Error ? _changed.Restore(frame.Span)
            : _hidden is >= 0 and var port ? HiddenDatastore.Hide(frame.Span, (ushort)port)
            : null;
        if (original != xid)
        {
            changed ??= frame.ToArray();
            OpenFlowFields.Write(changed, OpenFlowFields.Xid, original);
        }
        _upstreams[upstream].Forward(changed ?? frame);
    }

    /// <summary>For the upstreams, the port of a datastore that comes goes, and the other way round.</summary>
    private void DatastoreChanged(ulong dpid)
    {
        if (dpid != Datapath.Dpid)
            return;
        var port = _services.Datastores.Find(dpid) ?? -1;
        var earlier = _hidden;
        if (port == earlier)
            return;
        if (port >= 0)
            _hidden = port;
        Say(earlier, PortStatusReason.Add);
        Say(port, PortStatusReason.Delete);
        ReadEnds();
        _ = RenewAsync();
    }

    private async Task RenewAsync()
    {
        try
        {
            await RenewFlowsAsync(CancellationToken.None);
        }
        catch (ControlException failed)
        {
            _services.Logger.FlowsNotRenewed(Datapath.Dpid, failed.Message);
        }
    }

    private void Say(int number, PortStatusReason reason)
    {
        if (Datapath.Ports.FirstOrDefault(port => port.Number == number) is { } port)
            Tell(OpenFlowCodec.Encode(new PortStatusMessage { Reason = reason, Port = port }));
    }
}
