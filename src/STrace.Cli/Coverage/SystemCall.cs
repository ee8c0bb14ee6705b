namespace STrace.Cli;

/// <summary>One system call as strace saw it.</summary>
/// <param name="Result">As strace writes it; empty for a call that did not return.</param>
/// <param name="EnterNs">When strace saw its entry; ns since the epoch. The thread stood still then.</param>
/// <param name="Stack">Innermost first; of a successful <c>execve</c> it is the new program's.</param>
internal sealed record SystemCall(int Tid, string Name, string Arguments, string Result, long EnterNs, IReadOnlyList<StackFrame> Stack)
{
    /// <summary>The descriptor that it acts on, with what strace says of it; empty when its first argument is none.</summary>
    public string Descriptor
    {
        get
        {
            int digits = 0;
            while (digits < Arguments.Length && char.IsAsciiDigit(Arguments[digits]))
                digits++;
            if (digits == 0 || digits < Arguments.Length && Arguments[digits] is not ('<' or ',' or ')'))
                return "";
            int end = digits < Arguments.Length && Arguments[digits] == '<' ? Arguments.IndexOf('>', digits) + 1 : digits;
            // TCP:[a->b] holds the character that ends it.
            if (end > 1 && Arguments[end - 2] == '-' && Arguments.IndexOf('>', end) is > 0 and var second)
                end = second + 1;
            return Arguments[..Math.Max(end, digits)];
        }
    }

    public bool Succeeded => Result.Length > 0 && Result[0] is not ('-' or '?');
}

/// <param name="Module">The file that the code is of; empty where it is of none.</param>
/// <param name="Function">The name that strace found nearest before it; empty for none.</param>
/// <param name="Start">Where in the file that function begins; 0 without one.</param>
internal readonly record struct StackFrame(string Module, string Function, ulong Start);
