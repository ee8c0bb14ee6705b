using System.Diagnostics;

namespace STrace.Agent.Tests;

/// <summary>Another process that has a file in its memory, as an application has its arena.</summary>
internal sealed class MappingProcess : IDisposable
{
    private const string Script = "import mmap, sys; f = open(sys.argv[1], 'r+b'); m = mmap.mmap(f.fileno(), 0); print('ready', flush=True); sys.stdin.read()";

    private readonly Process _process;
    private bool _ended;

    public MappingProcess(string path)
    {
        _process = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", Script, path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("ready", _process.StandardOutput.ReadLine());
    }

    public int Id => _process.Id;

    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
