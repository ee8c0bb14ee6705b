namespace STrace.Control;

/// <summary>The end of a connection.</summary>
/// <param name="Explanation">A part of a sentence for the log.</param>
internal sealed record Disconnect(DisconnectReason Reason, string Explanation);
