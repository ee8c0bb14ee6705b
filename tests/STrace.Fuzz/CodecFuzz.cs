using System.Diagnostics;
using STrace.OpenFlow;

namespace STrace.Fuzz;

/// <summary>
/// Throws damaged messages at the codec. Each must give a message, which encodes to the same bytes and has a text, or the codec's own error with an
/// offset within the frame; soon, and without memory out of proportion.
/// </summary>
/// <param name="seed">Which messages, and which damage.</param>
internal sealed class CodecFuzz(int seed)
{
    private const int PoolSize = 1000;
    private const int MessagesAPool = 50_000;

    // Far above what is needed: a message of 8 bytes takes 2 KB, a byte of a long one 200 for its objects and its text.
    private const long AllocationBase = 256 * 1024;
    private const long AllocationAByte = 4096;
    private static readonly TimeSpan LongestTime = TimeSpan.FromSeconds(10);

    private readonly Random _random = new(seed);

    /// <summary>How many were messages.</summary>
    public long Accepted { get; private set; }

    /// <summary>How many were refused.</summary>
    public long Refused { get; private set; }


    /// <summary>Tries COUNT messages.</summary>
    /// <exception cref="FuzzFailureException">One of them showed an error of the codec.</exception>
    public void Run(long count)
    {
        var mutator = new Mutator(_random);
        byte[][] pool = [];
        for (long i = 0; i < count; i++)
        {
            if (i % MessagesAPool == 0)
                pool = Pool();
            Try(mutator.Mutate(pool[_random.Next(PoolSize)], pool[_random.Next(PoolSize)]));
        }
    }

    private byte[][] Pool()
    {
        var messages = new RandomMessages(_random.Next());
        return [.. Enumerable.Range(0, PoolSize).Select(_ => messages.Next((uint)_random.Next()))];
    }

    private void Try(byte[] frame)
    {
        var (allocated, started) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
        try
        {
            Check(frame);
        }
        catch (Exception error) when (error is not FuzzFailureException)
        {
            throw new FuzzFailureException(error.ToString(), frame);
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (allocated > AllocationBase + AllocationAByte * frame.Length)
            throw new FuzzFailureException($"{allocated} bytes of memory for {frame.Length}", frame);
        if (Stopwatch.GetElapsedTime(started) > LongestTime)
            throw new FuzzFailureException($"{Stopwatch.GetElapsedTime(started)} for {frame.Length} bytes", frame);
    }

    private void Check(byte[] frame)
    {
        OpenFlowMessage message;
        try
        {
            message = OpenFlowCodec.Decode(frame);
        }
        catch (OpenFlowProtocolException error)
        {
            Refused++;
            if (error.Offset < 0 || error.Offset > frame.Length)
                throw new FuzzFailureException($"offset {error.Offset} of {frame.Length} bytes", frame);
            return;
        }
        Accepted++;
        if (!OpenFlowCodec.Encode(message).AsSpan().SequenceEqual(frame))
            throw new FuzzFailureException("encodes to other bytes", frame);
        if (OpenFlowText.Of(message).Length == 0)
            throw new FuzzFailureException("has no text", frame);
        if (message is VendorMessage vendor && NiciraMessage.Of(vendor) is { } nicira
            && !nicira.ToVendorMessage(vendor.Xid).Data.Span.SequenceEqual(vendor.Data.Span))
            throw new FuzzFailureException("Nicira's part encodes to other bytes", frame);
    }
}
