using System.Net;
using STrace.Apps.Kestrel;

static string Setting(string name) => Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set");

await using Database database = new(Setting("BACKEND"));
Server server = new(database);
await server.RunAsync(IPEndPoint.Parse(Setting("LISTEN")));
server.WriteVisits(Setting("TRUTH"));
