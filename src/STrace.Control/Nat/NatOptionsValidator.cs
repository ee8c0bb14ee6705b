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
        var reals = ParseReals(entry.Real, $"{key}.real");
        if (from is not { } virtualEnd || reals.Any(real => real.End is null))
            return null;

        for (var index = 0; index < reals.Count; index++)
        {
            var real = reals[index].End!.Value;
            Check(virtualEnd, real, key, reals[index].Key);
            if (reals.Take(index).Any(earlier => earlier.End == real))
                _errors.Add($"{reals[index].Key}: '{real}' stands there twice");
        }
        return dpid is null ? null : new NatEntry(dpid.Value, virtualEnd, [.. reals.Select(real => real.End!.Value)]);
    }

    private void Check(NatEnd from, NatEnd to, string key, string realKey)
    {
        if (from.Ports is null != to.Ports is null)
        {
            var portless = from.Ports is null ? $"{key}.virtual" : realKey;
            _errors.Add($"{portless}: has no port but the other side has one; give both or none");
        }
        else if (from.Ports?.Count != to.Ports?.Count)
        {
            _errors.Add($"{realKey}: '{to}' has {Ports(to)} but {key}.virtual has {Ports(from)}; give both as many");
        }
        if (from.Address == to.Address)
            _errors.Add($"{realKey}: is the virtual address itself");

        static string Ports(NatEnd end) => end.Ports?.Count == 1 ? "1 port" : $"{end.Ports?.Count} ports";
    }

    private List<(string Key, NatEnd? End)> ParseReals(string?[]? texts, string key)
    {
        texts ??= [null];
        if (texts.Length == 0)
            _errors.Add($"{key}: the list is empty; name at least one server");
        return texts.Length == 0
            ? [(key, null)]
            : [.. texts.Select((text, index) => texts.Length == 1 ? key : $"{key}[{index}]").Zip(texts, (at, text) => (at, ParseEnd(text, at)))];
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

    private NatEnd? ParseEnd(string? text, string key)
    {
        var parts = (text ?? "").Split(':');
        var ports = parts.Length == 2 ? ParsePorts(parts[1]) : null;
        if (parts.Length <= 2 && Ipv4Address.TryParse(parts[0], out var address) && IsHost(address) && ports is null == (parts.Length == 1))
            return new NatEnd(address, ports);
        _errors.Add(
            $"{key}: '{text}' is not a host's IPv4 address with an optional port from 1 to 65535, or ports (IP, IP:PORT or IP:FIRST-LAST)");
        return null;
    }

    private static PortRange? ParsePorts(string text)
    {
        var ends = text.Split('-').Select(end =>
            ushort.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : (ushort)0).ToList();
        return ends.Count <= 2 && ends[0] > 0 && ends[0] <= ends[^1] ? new PortRange(ends[0], ends[^1]) : null;
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
                if (earlier.Dpid == entry.Dpid && earlier.Virtual == entry.Virtual)
                    _errors.Add($"nat[{index}].virtual: the same as nat[{earlierIndex}].virtual on the same switch");
                else if (earlier.Dpid == entry.Dpid && earlier.Virtual.Address == entry.Virtual.Address &&
                    earlier.Virtual.Ports is { } ports && entry.Virtual.Ports is { } others && ports.Overlaps(others))
                    _errors.Add($"nat[{index}].virtual: has ports of nat[{earlierIndex}].virtual on the same switch");
                if (earlier.Virtual.Address != entry.Virtual.Address && earlier.VirtualMac == entry.VirtualMac)
                    _errors.Add($"nat[{index}].virtual: has the same last three bytes, and so MAC address, as nat[{earlierIndex}].virtual");
            }
        }
    }
}
