using STrace.Cli;

return await CommandLine.RunAsync(args);
