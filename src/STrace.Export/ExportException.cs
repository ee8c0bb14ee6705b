namespace STrace.Export;

/// <summary>An export that cannot be made. The message is one sentence: what is wrong and what to do.</summary>
public sealed class ExportException(string message, Exception? inner = null) : Exception(message, inner);
