using Microsoft.Extensions.Logging;
using STrace.Capture;

namespace STrace.Agent;

/// <summary>One capture with the thread that reads it, from construction to disposal. An interface that goes away is waited for.</summary>
internal sealed class CaptureThread : IDisposable
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(1);

    private readonly CaptureOptions _options;
    private readonly PacketHandler _handler;
    private readonly PacketHandler _take;
    private readonly OpenSource _open;
    private readonly ILogger _logger;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;

    // The source is replaced under the lock, by the thread (and, at first, by the constructor).
    private readonly Lock _gate = new();
    private IPacketSource? _source;
    private long _handed; // packets of this source
    private CaptureStatistics _before; // of the sources before this one
    private string? _trouble;

    // Of whoever asks what has passed: what the kernel had counted when.
    private (long Packets, long AtNs) _due;
    private long _passedNs;

    /// <summary>On return packets are being kept, unless the interface is not there, which is logged.</summary>
    /// <param name="handler">Called by the capture's own thread.</param>
    public CaptureThread(CaptureOptions options, PacketHandler handler, OpenSource open, ILogger logger)
    {
        (_options, _handler, _take, _open, _logger) = (options, handler, Take, open, logger);
        TryOpen();
        _thread = new Thread(Run) { IsBackground = true, Name = $"capture {options.Interface}" };
        _thread.Start();
    }

    /// <summary>Counts since construction.</summary>
    public CaptureStatistics Statistics
    {
        get
        {
            lock (_gate)
                return _before + OfSource();
        }
    }

    /// <summary>
    /// Waits until what the kernel has counted by now has been given to the handler. The time must be limited: libpcap itself leaves
    /// out what came between the opening and the setting of the filter, and on old kernels packets of the other direction.
    /// </summary>
    /// <param name="deadlineMs">Of <see cref="Environment.TickCount64"/>.</param>
    public void Settle(long deadlineMs)
    {
        long due = Counted();
        while (Volatile.Read(ref _handed) < due && Environment.TickCount64 < deadlineMs)
            Thread.Sleep(1);
    }

    /// <summary>
    /// Up to when all packets have been given to the handler: those that the kernel had counted then; or, where some of them never come
    /// (see <see cref="Settle"/>), some time ago. To be asked now and then, by one thread.
    /// </summary>
    /// <param name="longest">That a packet may need from the kernel's count to the handler.</param>
    public long PassedNs(long nowNs, TimeSpan longest)
    {
        if (Volatile.Read(ref _handed) >= _due.Packets || nowNs - _due.AtNs > longest.TotalNanoseconds)
        {
            _passedNs = _due.AtNs;
            _due = (Counted(), nowNs);
        }
        return Volatile.Read(ref _handed) >= _due.Packets ? _due.AtNs : _passedNs;
    }

    public void Dispose()
    {
        _stop.Set();
        lock (_gate)
            _source?.Stop();
        _thread.Join();
        Close();
        _stop.Dispose();
    }

    private void Run()
    {
        while (!_stop.IsSet)
        {
            if (_source is not { } source)
            {
                _stop.Wait(RetryEvery);
                TryOpen();
                continue;
            }
            try
            {
                while (source.Dispatch(_take))
                {
                }
            }
            catch (CaptureException e)
            {
                Close();
                Tell(e.Message);
            }
        }
    }

    private void Take(in CapturedPacketHeader header, ReadOnlySpan<byte> frame)
    {
        _handler(header, frame);
        Volatile.Write(ref _handed, _handed + 1);
    }

    private void TryOpen()
    {
        if (_stop.IsSet)
            return;
        try
        {
            IPacketSource source = _open(_options);
            lock (_gate)
            {
                Volatile.Write(ref _handed, 0);
                _source = source;
                if (_stop.IsSet)
                    source.Stop();
            }
        }
        catch (CaptureException e)
        {
            Tell(e.Message);
            return;
        }
        if (_trouble is not null)
            LogMessages.CaptureResumed(_logger, _options.Interface);
        _trouble = null;
    }

    private void Close()
    {
        lock (_gate)
        {
            _before += OfSource();
            _source?.Dispose();
            _source = null;
        }
    }

    /// <summary>Logs what is wrong, each trouble once and not every second.</summary>
    private void Tell(string trouble)
    {
        if (trouble != _trouble)
            LogMessages.CaptureBroken(_logger, trouble);
        _trouble = trouble;
    }

    /// <summary>Packets that the kernel has for the handler, of this source.</summary>
    private long Counted()
    {
        lock (_gate)
        {
            CaptureStatistics counts = OfSource();
            return counts.Received - counts.DroppedByKernel;
        }
    }

    private CaptureStatistics OfSource()
    {
        try
        {
            return _source?.ReadStatistics() ?? default;
        }
        catch (CaptureException)
        {
            return default; // the interface went away, which the thread is about to find
        }
    }
}
