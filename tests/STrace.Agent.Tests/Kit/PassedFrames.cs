using STrace.AgentProtocol;
using STrace.TestKit;

namespace STrace.Agent.Tests;

/// <summary>Reads past what an agent says every few tens of ms while a session records.</summary>
internal static class PassedFrames
{
    public static async Task<object?> ReadOtherAsync(this FramePeer manager)
    {
        object? frame;
        do
            frame = await manager.ReadAsync();
        while (frame is PassedFrame);
        return frame;
    }

    public static async Task<T> ExpectOtherAsync<T>(this FramePeer manager)
        where T : class => Assert.IsType<T>(await manager.ReadOtherAsync());
}
