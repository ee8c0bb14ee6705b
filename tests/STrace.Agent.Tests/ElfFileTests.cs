using System.Diagnostics;
using STrace.AgentProtocol;
using STrace.TestKit;

namespace STrace.Agent.Tests;

/// <summary>Real executables of the machine, and ones that the C compiler makes.</summary>
public sealed class ElfFileTests
{
    [Fact]
    public void TryRead_DynamicProgram_HasItsLoaderAndNoObstacle()
    {
        ElfFile file = ElfFile.TryRead("/bin/ls")!;

        Assert.Contains("ld-linux", file.Interpreter, StringComparison.Ordinal);
        Assert.Equal(Obstacle.None, file.Obstacle);
    }

    [Fact]
    public void TryRead_SetuidProgram_IsPrivileged() =>
        Assert.Equal(Obstacle.Privileged, ElfFile.TryRead("/usr/bin/passwd")!.Obstacle);

    [Theory]
    [InlineData("-static", Obstacle.StaticExecutable)]
    [InlineData("-static-pie", Obstacle.StaticExecutable)]
    [InlineData("-pie", Obstacle.None)]
    [InlineData("-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1", Obstacle.OtherLibc)]
    public void TryRead_ProgramLinkedSo_HasItsObstacle(string option, Obstacle obstacle)
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(obstacle, ElfFile.TryRead(Compiled(folder, "int main(void) { return 0; }", option))!.Obstacle);
    }

    [Fact]
    public void TryRead_SectionOfGosLinker_IsGo()
    {
        using var folder = new TemporaryFolder();
        const string source = "__attribute__((section(\".go.buildinfo\"))) int go = 1; int main(void) { return 0; }";

        Assert.Equal(Obstacle.Go, ElfFile.TryRead(Compiled(folder, source, "-pie"))!.Obstacle);
    }

    [Fact]
    public void TryRead_WhatIsNoExecutable_IsNull()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["script"], "#!/bin/sh\nexec true\n");
        File.WriteAllBytes(folder["cut"], File.ReadAllBytes("/bin/ls")[..4096]);

        Assert.All([folder["script"], folder["cut"], folder["missing"], "/dev/null"], path => Assert.Null(ElfFile.TryRead(path)));
    }

    [Fact]
    public void Exports_SharedObject_HasWhatItGivesAndNotWhatItTakes()
    {
        using var folder = new TemporaryFolder();
        string library = Compiled(folder, "int puts(const char *); int given(void) { return puts(\"\"); }", "-shared", "-fPIC");

        IEnumerable<string> names = ElfFile.Exports(library).Select(e => e.Name);

        Assert.Contains("given", names);
        Assert.DoesNotContain("puts", names);
    }

    private static string Compiled(TemporaryFolder folder, string source, params string[] options)
    {
        File.WriteAllText(folder["a.c"], source);
        using Process compiler = Process.Start("cc", [.. options, "-o", folder["a.out"], folder["a.c"]]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        return folder["a.out"];
    }
}
