using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace STrace.Agent;

/// <summary>libsthost.so: the few things that .NET has no word for.</summary>
internal static partial class HostLibrary
{
    private const string Library = "sthost";

    static HostLibrary() => NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) =>
        name == Library ? NativeLibrary.Load(InstallLayout.Find("libsthost.so")) : IntPtr.Zero);

    /// <summary>One sample of the arena clock beside the system's clocks, as simultaneous as can be had.</summary>
    /// <returns>0, or -errno.</returns>
    [LibraryImport(Library, EntryPoint = "sth_clock")]
    public static partial int Clock(uint clock, out ulong ticks, out ulong monotonicNs, out ulong realtimeNs);

    /// <summary>1 when the time stamp counter runs at one rate in all states.</summary>
    [LibraryImport(Library, EntryPoint = "sth_tsc_invariant")]
    public static partial int TscInvariant();

    /// <summary>Makes the arena's file, owned by the user, mode 0600, with its pages allocated.</summary>
    /// <returns>A descriptor, or -errno.</returns>
    [LibraryImport(Library, EntryPoint = "sth_arena_create", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ArenaCreate(string path, uint uid, uint gid, ulong bytes);

    /// <summary>Opens a file that <see cref="ArenaCreate"/> made for the user, and no other.</summary>
    /// <returns>A descriptor, or -errno.</returns>
    [LibraryImport(Library, EntryPoint = "sth_arena_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ArenaOpen(string path, uint uid);

    /// <summary>The user that the agent is.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint EffectiveGroup();

    /// <summary>Whether no thread <paramref name="tid"/> of process <paramref name="pid"/> exists.</summary>
    public static bool IsGone(int pid, int tid) => Tgkill(pid, tid, 0) < 0 && Marshal.GetLastPInvokeError() == NoSuchProcess;

    /// <summary>Sleeps for less than the millisecond that .NET has as its shortest.</summary>
    public static void Sleep(TimeSpan time) => Nanosleep(new TimeSpec(0, (long)time.TotalNanoseconds), 0);

    /// <summary>Locks an open file against all other openings of it, until it is closed; false where one has it.</summary>
    public static bool TryLock(SafeFileHandle file) => Flock(file, LockExclusive | LockNonBlocking) == 0;

    private const int NoSuchProcess = 3; // ESRCH
    private const int LockExclusive = 2; // LOCK_EX
    private const int LockNonBlocking = 4; // LOCK_NB

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);

    [LibraryImport("libc", EntryPoint = "tgkill", SetLastError = true)]
    private static partial int Tgkill(int pid, int tid, int signal);

    [LibraryImport("libc", EntryPoint = "flock")]
    private static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int Nanosleep(in TimeSpec time, nint rest);
}
