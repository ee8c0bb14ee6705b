namespace STrace.Control;

/// <summary>A port of a switch. In the order of the switches.</summary>
public readonly record struct SwitchPort(ulong Dpid, ushort Port) : IComparable<SwitchPort>
{
    public int CompareTo(SwitchPort other) => (Dpid, Port).CompareTo((other.Dpid, other.Port));

    public static bool operator <(SwitchPort left, SwitchPort right) => left.CompareTo(right) < 0;

    public static bool operator <=(SwitchPort left, SwitchPort right) => left.CompareTo(right) <= 0;

    public static bool operator >(SwitchPort left, SwitchPort right) => left.CompareTo(right) > 0;

    public static bool operator >=(SwitchPort left, SwitchPort right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Dpid:x16}:{Port}";
}
