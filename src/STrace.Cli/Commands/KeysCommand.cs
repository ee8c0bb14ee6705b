using System.CommandLine;
using STrace.Control;

namespace STrace.Cli;

internal static class KeysCommand
{
    private static readonly string[] FirstNames = ["manager", "switch", "controller"];

    private static readonly Argument<string> Folder = new("DIR") { Description = "the folder of the keys" };
    private static readonly Argument<string> Name = new("NAME") { Description = "the files' first part, and the certificate's subject" };

    public static Command Create()
    {
        var init = new Command("init", "Make an authority, and keys with certificates for manager, switch and controller.") { Folder };
        init.SetAction(parsed =>
        {
            string folder = parsed.GetValue(Folder)!;
            KeySet.CreateAuthority(folder);
            foreach (string name in FirstNames)
                KeySet.Create(folder, name);
            Console.Out.WriteLine(string.Join('\n', FirstNames.Prepend("ca").Select(name => KeySet.CertificateFile(folder, name))));
        });
        var add = new Command("add", "Make one more key, with a certificate of the folder's authority.") { Folder, Name };
        add.SetAction(parsed =>
        {
            string folder = parsed.GetValue(Folder)!, name = parsed.GetValue(Name)!;
            KeySet.Create(folder, name);
            Console.Out.WriteLine(KeySet.CertificateFile(folder, name));
        });
        return new Command("keys", "Make keys and certificates for TLS between switches, manager and controllers.") { init, add };
    }
}
