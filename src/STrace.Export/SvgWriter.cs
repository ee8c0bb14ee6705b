using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using STrace.Model;

namespace STrace.Export;

/// <summary>The drawing of <see cref="DotWriter"/> as SVG, laid out by graphviz's program <c>dot</c>; tooltips hold the details.</summary>
public static class SvgWriter
{
    /// <param name="output">Gets the whole picture, or nothing.</param>
    /// <param name="paths">Which paths of the set to draw; null for all.</param>
    /// <param name="timeout">How long the layout may take: it grows faster than the number of calls.</param>
    /// <exception cref="ExportException">dot is not installed, failed, or needed longer than the timeout.</exception>
    public static async Task WriteAsync(
        Stream output, PathSet set, IReadOnlyList<CausalPath>? paths, DotOptions options, TimeSpan timeout, CancellationToken cancellation)
    {
        using var text = new StringWriter();
        DotWriter.Write(text, set, paths, options);
        byte[] svg = await RenderAsync("dot", text.ToString(), timeout, cancellation).ConfigureAwait(false);
        await output.WriteAsync(svg, cancellation).ConfigureAwait(false);
    }

    internal static async Task<byte[]> RenderAsync(string program, string dot, TimeSpan timeout, CancellationToken cancellation)
    {
        using Process process = Start(program);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(timeout);
        try
        {
            using var svg = new MemoryStream();
            Task reading = process.StandardOutput.BaseStream.CopyToAsync(svg, deadline.Token);
            Task<string> complaints = process.StandardError.ReadToEndAsync(deadline.Token);
            await FeedAsync(process, dot, deadline.Token).ConfigureAwait(false);
            await Task.WhenAll(reading, complaints, process.WaitForExitAsync(deadline.Token)).ConfigureAwait(false);
            if (process.ExitCode == 0)
                return svg.ToArray();
            string complaint = (await complaints.ConfigureAwait(false)).Trim();
            throw new ExportException($"graphviz's `{program}` failed with code {process.ExitCode}: {complaint}");
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            if (cancellation.IsCancellationRequested)
                throw;
            throw new ExportException(
                $"graphviz's `{program}` did not finish within {timeout.TotalSeconds:0.#} s: " +
                "export fewer paths, or with --detail coarse, or as .dot.", e);
        }
    }

    private static Process Start(string program)
    {
        var start = new ProcessStartInfo(program, ["-Tsvg"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            UseShellExecute = false,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new ExportException("graphviz's `dot` is not installed: apt-get install graphviz", e);
        }
    }

    private static async Task FeedAsync(Process process, string dot, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.WriteAsync(dot.AsMemory(), cancellation).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading everything: its exit code and its complaints tell why.
        }
    }
}
