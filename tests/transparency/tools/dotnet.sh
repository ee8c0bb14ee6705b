# The SDK (new, restore, build, run), twenty connections, a child process, a file.
export HOME=$PWD DOTNET_CLI_HOME=$PWD DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet new console -o program --no-restore | head -n 1
cd program || exit
cat > Program.cs << 'END'
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

const int Clients = 20;
var listener = new TcpListener(IPAddress.Loopback, 0);
listener.Start();
var server = Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
{
    using var client = await listener.AcceptTcpClientAsync();
    await client.GetStream().CopyToAsync(client.GetStream());
}));
int[] sums = await Task.WhenAll(Enumerable.Range(0, Clients).Select(async i =>
{
    using var client = new TcpClient();
    await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
    byte[] sent = Enumerable.Repeat((byte)i, i * 1000 + 1).ToArray(), received = new byte[sent.Length];
    await client.GetStream().WriteAsync(sent);
    await client.GetStream().ReadExactlyAsync(received);
    return received.Sum(x => x);
}));
await server;
Console.WriteLine(string.Join(",", sums));

using var child = Process.Start(new ProcessStartInfo("sh", "-c \"cat; exit 7\"") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
child.StandardInput.WriteLine("piped");
child.StandardInput.Close();
Console.Write(child.StandardOutput.ReadToEnd());
child.WaitForExit();
Console.WriteLine(child.ExitCode);
File.WriteAllText("file", "text");
Console.WriteLine(File.ReadAllText("file"));
END
dotnet run --disable-build-servers
