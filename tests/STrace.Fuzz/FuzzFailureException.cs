namespace STrace.Fuzz;

/// <summary>An error of the codec, with the message that shows it.</summary>
/// <param name="problem">What happened.</param>
/// <param name="frame">The message.</param>
internal sealed class FuzzFailureException(string problem, byte[] frame)
    : Exception($"{problem}\nat this message: {Convert.ToHexStringLower(frame)}");
