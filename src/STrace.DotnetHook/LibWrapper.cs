using System.Runtime.InteropServices;

namespace STrace.DotnetHook;

/// <summary>The two functions of libwrapper.so for runtime hooks; native/libwrapper/context.c has them.</summary>
internal static unsafe class LibWrapper
{
    private static delegate* unmanaged[Cdecl]<ulong, void> s_setContext;
    private static delegate* unmanaged[Cdecl]<int, ulong, ulong, void> s_declareBytes;

    /// <returns>Whether this process runs under libwrapper.</returns>
    public static bool Find()
    {
        s_setContext = (delegate* unmanaged[Cdecl]<ulong, void>)Symbol("strace_set_context"u8);
        s_declareBytes = (delegate* unmanaged[Cdecl]<int, ulong, ulong, void>)Symbol("strace_declare_bytes"u8);
        return s_setContext != null && s_declareBytes != null;
    }

    /// <summary>The thread's calls from here on serve the context; 0: none is known.</summary>
    public static void SetContext(ulong context) => s_setContext(context);

    /// <summary>The request that came in last on the descriptor serves the context.</summary>
    public static void DeclareRequest(int descriptor, ulong context) => s_declareBytes(descriptor, 0, context);

    /// <param name="name">A literal: the compiler puts a NUL behind it.</param>
    private static void* Symbol(ReadOnlySpan<byte> name)
    {
        fixed (byte* text = name)
            return FindSymbol(IntPtr.Zero, text);
    }

    /// <param name="scope">0: all that is loaded (RTLD_DEFAULT).</param>
    [DllImport("libc", EntryPoint = "dlsym")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void* FindSymbol(IntPtr scope, byte* name);
}
