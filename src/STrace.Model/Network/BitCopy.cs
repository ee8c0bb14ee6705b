namespace STrace.Model;

/// <summary>A part of a flow's addresses.</summary>
public enum AddressField
{
    Source,
    Destination,
    SourcePort,
    DestinationPort,
}

/// <summary>Bits of a packet's old addresses that a rule puts into the new ones; of IPv4 addresses. Bit 0 is the lowest.</summary>
public readonly record struct BitCopy(AddressField From, int FromBit, AddressField To, int ToBit, int Count)
{
    /// <summary>The new addresses with these bits in their place.</summary>
    public FlowTuple Apply(FlowTuple before, FlowTuple behind)
    {
        uint mask = uint.MaxValue >> (32 - Count);
        uint bits = (Value(before, From) >> FromBit) & mask;
        uint value = (Value(behind, To) & ~(mask << ToBit)) | (bits << ToBit);
        return To switch
        {
            AddressField.Source => behind with { Source = behind.Source with { Address = IpAddress.FromV4(value) } },
            AddressField.Destination => behind with { Destination = behind.Destination with { Address = IpAddress.FromV4(value) } },
            AddressField.SourcePort => behind with { Source = behind.Source with { Port = (ushort)value } },
            _ => behind with { Destination = behind.Destination with { Port = (ushort)value } },
        };
    }

    private static uint Value(FlowTuple flow, AddressField field) => field switch
    {
        AddressField.Source => (uint)flow.Source.Address.Bits,
        AddressField.Destination => (uint)flow.Destination.Address.Bits,
        AddressField.SourcePort => flow.Source.Port,
        _ => flow.Destination.Port,
    };
}

/// <summary>All of a rule; equal by value.</summary>
public sealed record BitCopies(IReadOnlyList<BitCopy> All)
{
    public static readonly BitCopies None = new([]);

    /// <summary>As <see cref="BitCopy.Apply"/>.</summary>
    public FlowTuple Apply(FlowTuple before, FlowTuple behind)
    {
        foreach (BitCopy copy in All)
            behind = copy.Apply(before, behind);
        return behind;
    }

    public bool Equals(BitCopies? other) => other is not null && All.SequenceEqual(other.All);

    public override int GetHashCode() => All.Aggregate(0, HashCode.Combine);
}
