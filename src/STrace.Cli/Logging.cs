using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;

namespace STrace.Cli;

/// <summary>Log events go to stderr, through Serilog; stdout is for data.</summary>
internal static class Logging
{
    public static Action<ILoggingBuilder> ToStderr(bool verbose) => logging => logging.AddSerilog(
        new LoggerConfiguration()
            .MinimumLevel.Is(verbose ? LogEventLevel.Debug : LogEventLevel.Information)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            // A failure to start is told once, in the command's own sentence, without a stack trace.
            .Filter.ByExcluding(e => e.MessageTemplate.Text == "Hosting failed to start")
            .WriteTo.Console(
                standardErrorFromLevel: LogEventLevel.Verbose,
                outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}",
                formatProvider: System.Globalization.CultureInfo.InvariantCulture)
            .CreateLogger(),
        dispose: true);
}
