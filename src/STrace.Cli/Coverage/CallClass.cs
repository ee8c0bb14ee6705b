namespace STrace.Cli;

/// <summary>What became of a system call in the recording.</summary>
internal enum CallClass
{
    /// <summary>A record of the same thread covers it.</summary>
    Recorded,

    /// <summary>libc made it on behalf of a function that libwrapper does not stand before: the loader, an exit's flush, locales.</summary>
    LibcInternal,

    /// <summary>Not made by libc: a static program, Go, inline assembly, a library of its own.</summary>
    Raw,

    /// <summary>Made through a libc function that libwrapper stands before, and there is no record.</summary>
    Missed,

    /// <summary>Made by libwrapper for itself; not counted.</summary>
    Own,
}
