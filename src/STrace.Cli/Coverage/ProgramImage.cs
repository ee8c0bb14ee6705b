using STrace.Agent;
using STrace.AgentProtocol;

namespace STrace.Cli;

/// <summary>A program that a thread ran from one exec to the next.</summary>
/// <param name="Path">Of the executable.</param>
/// <param name="SinceNs">From when on; 0 for what the thread was given at its start.</param>
internal sealed record ProgramImage(string Path, long SinceNs)
{
    /// <summary>The loader brought libwrapper in.</summary>
    public bool Preloaded { get; set; }

    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Why its calls are not recorded; none when libwrapper is there and can see them.</summary>
    public Obstacle Obstacle => ElfFile.TryRead(Path)?.Obstacle is { } obstacle and not Obstacle.None && (!Preloaded || obstacle == Obstacle.Go)
        ? obstacle
        : Preloaded ? Obstacle.None : Obstacle.NotPreloaded;
}
