using System.Runtime.InteropServices;
using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Finds the packets that one host saw leave and another saw come, which tell more of the clocks than calls do: nothing waits between.
/// A packet is known again by its sequence numbers, length, flags and identification, which a NAT leaves as they are. Of very many
/// packets it keeps a sample, which depends on the set of packets alone. For one thread.
/// </summary>
public sealed class PacketFlights
{
    private const int MostPackets = 1 << 17;

    private readonly Dictionary<UInt128, Sightings> _packets = [];
    private ulong _sample = ulong.MaxValue; // packets whose hash is above are not kept

    private struct Sightings
    {
        public CapturedPacket? Left;
        public bool LeftTwice; // a copy, or a router's: which of them came is not known
        public List<CapturedPacket>? Came;
    }

    public void Add(CapturedPacket packet)
    {
        bool acknowledgesOnly = packet.PayloadLength == 0 && (packet.Flags & (TcpMarks.Syn | TcpMarks.Fin)) == 0;
        if (acknowledgesOnly || packet.Flow.Protocol != FlowTuple.Tcp)
            return; // one is like the other
        UInt128 identity = new(
            (ulong)packet.Sequence << 32 | packet.Acknowledgment, (ulong)packet.PayloadLength << 32 | (ulong)packet.IpId << 8 | (byte)packet.Flags);
        if (Hash(identity) > _sample)
            return;

        ref Sightings seen = ref CollectionsMarshal.GetValueRefOrAddDefault(_packets, identity, out _);
        if (!packet.Outgoing)
            (seen.Came ??= []).Add(packet);
        else if (seen.Left is null)
            seen.Left = packet;
        else
            seen.LeftTwice = true;
        if (_packets.Count > MostPackets)
            KeepHalf();
    }

    /// <summary>Gives the estimator what was found.</summary>
    public void Observe(ClockEstimator estimator)
    {
        foreach (Sightings seen in _packets.Values)
        {
            if (seen.Left is not { } left || seen.LeftTwice)
                continue;
            foreach (CapturedPacket came in seen.Came ?? [])
                if (came.Host != left.Host)
                    estimator.Link(left.Host, came.Host).Add(left.TimeNs, came.TimeNs);
        }
    }

    private void KeepHalf()
    {
        _sample /= 2;
        foreach (UInt128 identity in _packets.Keys.Where(k => Hash(k) > _sample).ToList())
            _packets.Remove(identity);
    }

    private static ulong Hash(UInt128 identity)
    {
        ulong hash = ((ulong)(identity >> 64) ^ 0x9E3779B97F4A7C15) * 0xD6E8FEB86659FD93 + (ulong)identity;
        hash = (hash ^ hash >> 32) * 0xD6E8FEB86659FD93;
        return hash ^ hash >> 32;
    }
}
