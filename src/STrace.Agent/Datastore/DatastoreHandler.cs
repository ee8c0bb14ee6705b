using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>What a datastore does with what the manager says.</summary>
internal sealed class DatastoreHandler(DatastoreOptions options, FrameRecorder recorder, FrameInjector injector) : ILinkHandler
{
    public void Request(string? session) => recorder.Request(session);

    public IEnumerable<byte[]> Greet()
    {
        injector.Forget();
        return [FrameCodec.Encode(new PortsFrame(options.Ports))];
    }

    public byte[]? Handle(object frame) => frame is InjectFrame inject
        ? Encode(injector.Send(inject))
        : throw new AgentProtocolException($"a manager does not send {frame.GetType().Name} to a datastore");

    public byte[]? Rest() => Encode(injector.Report());

    private static byte[]? Encode(InjectedFrame? frame) => frame is null ? null : FrameCodec.Encode(frame);
}
