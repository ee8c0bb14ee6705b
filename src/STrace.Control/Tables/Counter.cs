namespace STrace.Control;

/// <summary>A counter of a switch that is read now and then: by how much it grew since it was first read.</summary>
internal sealed class Counter
{
    private const ulong NotKept = ulong.MaxValue; // section 5.3.5

    private ulong? _last;

    public ulong Grown { get; private set; }

    /// <summary>The next reading; one below the last is of a switch that began anew.</summary>
    public void Read(ulong value)
    {
        if (value == NotKept)
            return;
        Grown += _last is not { } last ? 0 : value >= last ? value - last : value;
        _last = value;
    }
}
