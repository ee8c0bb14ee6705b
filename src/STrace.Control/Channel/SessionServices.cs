using Microsoft.Extensions.Logging;

namespace STrace.Control;

/// <summary>What all connections share.</summary>
internal sealed record SessionServices(
    ControlOptions Options,
    SwitchRegistry Registry,
    IControlPlane Plane,
    IControlRecorder? Recorder,
    DatastorePorts? Datastores,
    TimeProvider Time,
    ControlClock Clock,
    ILogger Logger);
