using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace STrace.Control.Tests.Functional;

/// <summary>The datastores of one network: sends frames into ports and keeps what comes out of them.</summary>
internal sealed class DatastoreProcess : IFrameInjector, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly Dictionary<string, SwitchPort> _ports;
    private readonly ConcurrentQueue<ReceivedFrame> _received = new();
    private readonly SemaphoreSlim _sent = new(0);
    private readonly SemaphoreSlim _turn = new(1);

    private DatastoreProcess(Process process, IEnumerable<SwitchPort> ports)
    {
        _process = process;
        _ports = ports.ToDictionary(OvsNetwork.InterfaceAt);
    }

    public IReadOnlyList<ReceivedFrame> Received => [.. _received];

    public static async Task<DatastoreProcess> StartAsync(OvsNetwork network, params SwitchPort[] ports)
    {
        var interfaces = string.Join(' ', ports.Select(OvsNetwork.InterfaceAt));
        var process = Shell.Start(network.OnDatastore($"/usr/bin/python3 {AppContext.BaseDirectory}Functional/datastore.py {interfaces}"));
        var datastores = new DatastoreProcess(process, ports);
        var first = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        if (first != "ready")
            throw new InvalidOperationException($"the datastores say '{first}': {await process.StandardError.ReadToEndAsync()}");
        _ = datastores.ReadAsync();
        return datastores;
    }

    public bool CanInject(SwitchPort port) => _ports.ContainsValue(port);

    public async Task InjectAsync(SwitchPort port, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            foreach (var frame in frames)
                await _process.StandardInput.WriteLineAsync($"{OvsNetwork.InterfaceAt(port)} {Convert.ToHexString(frame.Span)}");
            await _process.StandardInput.FlushAsync(cancellationToken);
            for (var sent = 0; sent < frames.Count; sent++)
            {
                if (!await _sent.WaitAsync(Patience, cancellationToken))
                    throw new InvalidOperationException("the datastores do not send");
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
        _sent.Dispose();
        _turn.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Split(' ') is [var device, var timeText, var hex])
            {
                var timeNs = long.Parse(timeText, CultureInfo.InvariantCulture);
                _received.Enqueue(new ReceivedFrame(_ports[device], timeNs, Convert.FromHexString(hex)));
            }
            else
            {
                _sent.Release();
            }
        }
    }
}
