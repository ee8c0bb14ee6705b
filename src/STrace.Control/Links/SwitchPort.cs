namespace STrace.Control;

/// <summary>A port of a switch.</summary>
public readonly record struct SwitchPort(ulong Dpid, ushort Port)
{
    public override string ToString() => $"{Dpid:x16}:{Port}";
}
