using System.Globalization;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Turns the operator's NAT entries into <see cref="NatOptions"/>, or says everything that is wrong with them.</summary>
public sealed class NatOptionsValidator
{
    private readonly List<string> _errors = [];

    private NatOptionsValidator()
    {
    }

    /// <param name="options">What the entries say; null when there are errors.</param>
    /// <param name="errors">All errors, each begun by its key: <c>nat[2].virtual: ...</c>.</param>
    public static bool TryParse(IReadOnlyList<NatEntryOptions> entries, out NatOptions? options, out IReadOnlyList<string> errors)
    {
        var validator = new NatOptionsValidator();
        var parsed = entries.Select((entry, index) => validator.Parse(entry, $"nat[{index}]")).ToList();
        validator.CheckTogether(parsed);
        errors = validator._errors;
        options = errors.Count == 0 ? new NatOptions { Entries = parsed.Select(entry => entry!).ToList() } : null;
        return options is not null;
    }

    private NatEntry? Parse(NatEntryOptions entry, string key)
    {
        var dpid = ParseDpid(entry.Switch, $"{key}.switch");
        var from = ParseEnd(entry.Virtual, $"{key}.virtual");
        var to = ParseEnd(entry.Real, $"{key}.real");
        if (from is null || to is null)
            return null;

        if (from.Value.Port is null != to.Value.Port is null)
        {
            var portless = from.Value.Port is null ? "virtual" : "real";
            _errors.Add($"{key}.{portless}: has no port but the other side has one; give both or none");
        }
        if (from.Value.Address == to.Value.Address)
            _errors.Add($"{key}.real: is the virtual address itself");
        return dpid is null ? null : new NatEntry(dpid.Value, from.Value.Address, from.Value.Port, to.Value.Address, to.Value.Port);
    }

    private ulong? ParseDpid(string? text, string key)
    {
        var digits = (text ?? "").Replace(":", "", StringComparison.Ordinal);
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            digits = digits[2..];
        if (ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var dpid))
            return dpid;
        _errors.Add($"{key}: '{text}' is not a datapath id (up to 16 hex digits)");
        return null;
    }

    private (Ipv4Address Address, ushort? Port)? ParseEnd(string? text, string key)
    {
        var parts = (text ?? "").Split(':');
        ushort port = 0;
        var portIsGood = parts.Length == 1 ||
            (parts.Length == 2 && ushort.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port != 0);
        if (Ipv4Address.TryParse(parts[0], out var address) && IsHost(address) && portIsGood)
            return (address, parts.Length == 2 ? port : null);
        _errors.Add($"{key}: '{text}' is not a host's IPv4 address with an optional port from 1 to 65535 (IP or IP:PORT)");
        return null;
    }

    /// <summary>Neither "this network" (0/8) nor multicast and above (224/3).</summary>
    private static bool IsHost(Ipv4Address address) => address.Value >> 24 is > 0 and < 224;

    private void CheckTogether(List<NatEntry?> entries)
    {
        for (var index = 0; index < entries.Count; index++)
        {
            if (entries[index] is not { } entry)
                continue;
            for (var earlierIndex = 0; earlierIndex < index; earlierIndex++)
            {
                if (entries[earlierIndex] is not { } earlier)
                    continue;
                if (earlier.Dpid == entry.Dpid && earlier.Virtual == entry.Virtual && earlier.VirtualPort == entry.VirtualPort)
                    _errors.Add($"nat[{index}].virtual: the same as nat[{earlierIndex}].virtual on the same switch");
                if (earlier.Virtual != entry.Virtual && earlier.VirtualMac == entry.VirtualMac)
                    _errors.Add($"nat[{index}].virtual: has the same last three bytes, and so MAC address, as nat[{earlierIndex}].virtual");
            }
        }
    }
}
