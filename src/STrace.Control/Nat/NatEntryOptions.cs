namespace STrace.Control;

/// <summary>One entry of <c>nat:</c> as an operator writes it.</summary>
/// <param name="Switch">Datapath id: up to 16 hex digits, with or without 0x or colons.</param>
/// <param name="Virtual"><c>IP</c> or <c>IP:PORT</c>, what clients call.</param>
/// <param name="Real"><c>IP</c> or <c>IP:PORT</c>, who serves.</param>
public sealed record NatEntryOptions(string? Switch, string? Virtual, string? Real);
