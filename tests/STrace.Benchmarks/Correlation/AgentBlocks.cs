using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using STrace.AgentProtocol;
using STrace.Model;
using STrace.Storage;

namespace STrace.Benchmarks;

/// <summary>What one host's agent would ship of the host's calls: blocks of runs, an OBJECT record before an object's first use, MARKs before their call.</summary>
internal sealed class AgentBlocks(string host)
{
    private const int FullBytes = 256 * 1024;
    private const int CallsPerDrain = 1000;
    private const byte KindSocket = 1;
    private const byte KindFile = 3;
    private const byte FamilyV4 = 2;
    private const byte TypeStream = 1;

    private readonly Guid _agent = new(Encoding.UTF8.GetBytes(host.PadRight(16)));
    private readonly Dictionary<Channel, uint> _objects = [];
    private readonly Dictionary<ThreadLife, ArrayBufferWriter<byte>> _rings = [];
    private readonly List<(BlockHeader Header, byte[] Payload)> _blocks = [];
    private readonly ArrayBufferWriter<byte> _payload = new();
    private int _undrained;
    private int _count;
    private long _firstNs = long.MaxValue;
    private long _lastNs = long.MinValue;

    public void Add(HostEvent call)
    {
        if (!_rings.TryGetValue(call.Thread, out ArrayBufferWriter<byte>? ring))
            _rings[call.Thread] = ring = new ArrayBufferWriter<byte>();
        uint number = call.Channel is { } channel ? NumberOf(channel, call, ring) : 0;
        foreach (MessageMark mark in call.Marks)
        {
            Write(ring, new MarkRecord
            {
                Start = mark.StartOffset,
                Offset = mark.EndOffset,
                Sequence = call.Sequence,
                Op = WireRecord.MarkOp,
                Flags = (ushort)mark.Traits,
                Line = mark.LineHash,
                Protocol = (byte)mark.Protocol,
                Count = mark.Count,
            });
        }
        Write(ring, new CallRecord
        {
            Enter = (ulong)call.EnterNs,
            Sequence = call.Sequence,
            Op = (ushort)call.Operation,
            DurationErrno = (ulong)(call.ExitNs - call.EnterNs),
            Result = call.Result,
            Arg0 = call.Arg0,
            ObjectNumber = number,
            Length = (uint)call.Bytes,
        });
        _firstNs = Math.Min(_firstNs, call.EnterNs);
        _lastNs = Math.Max(_lastNs, call.EnterNs);
        if (++_undrained == CallsPerDrain)
            Drain();
    }

    /// <summary>All blocks, the last as full as it is.</summary>
    public IReadOnlyList<(BlockHeader Header, byte[] Payload)> End()
    {
        Drain();
        Cut();
        return _blocks;
    }

    private uint NumberOf(Channel channel, HostEvent call, ArrayBufferWriter<byte> ring)
    {
        if (_objects.TryGetValue(channel, out uint number))
            return number;
        _objects[channel] = number = (uint)_objects.Count + 1;
        bool isSocket = channel.Kind == ChannelKind.Socket;
        byte[] path = Encoding.UTF8.GetBytes(channel.Path ?? "");
        Write(ring, new ObjectRecord
        {
            Time = (ulong)call.EnterNs,
            Sequence = call.Sequence,
            Op = WireRecord.ObjectOp,
            Flags = (ushort)(ObjectRecord.Created | (path.Length > 0 ? 1 : 0)),
            Inode = number,
            Device = isSocket ? 8u : 9u,
            ObjectNumber = number,
            Kind = isSocket ? KindSocket : KindFile,
            Family = isSocket ? FamilyV4 : (byte)0,
            Type = isSocket ? TypeStream : (byte)0,
            LocalIp = channel.Local?.Address.V4 ?? 0,
            PeerIp = channel.Peer?.Address.V4 ?? 0,
            LocalPort = channel.Local?.Port ?? 0,
            PeerPort = channel.Peer?.Port ?? 0,
            Fd = (int)call.Arg0,
        });
        if (path.Length > 0)
            Write(ring, Continuation(path));
        return number;
    }

    private static unsafe ContinuationRecord Continuation(byte[] data)
    {
        var record = new ContinuationRecord { Op = WireRecord.ContinuationOp, Length = (ushort)data.Length };
        data.CopyTo(new Span<byte>(record.Data, ContinuationRecord.DataBytes));
        return record;
    }

    private void Write<T>(ArrayBufferWriter<byte> ring, in T record)
        where T : unmanaged
    {
        ring.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in record)));
        _count++;
    }

    private void Drain()
    {
        foreach ((ThreadLife life, ArrayBufferWriter<byte> records) in _rings)
        {
            if (records.WrittenCount > 0)
                new RecordRun(life.Ring, life.Pid, life.Tid, life.Ppid, 0, life.Program).Write(_payload, records.WrittenSpan);
            records.ResetWrittenCount();
        }
        _undrained = 0;
        if (_payload.WrittenCount >= FullBytes)
            Cut();
    }

    private void Cut()
    {
        if (_payload.WrittenCount == 0)
            return;
        long sequence = _blocks.Count + 1;
        _blocks.Add((new BlockHeader(BlockKind.Events, host, _agent, sequence, sequence, _firstNs, _lastNs, _count), _payload.WrittenSpan.ToArray()));
        _payload.ResetWrittenCount();
        _count = 0;
        (_firstNs, _lastNs) = (long.MaxValue, long.MinValue);
    }
}
