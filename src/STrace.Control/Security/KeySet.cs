using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace STrace.Control;

/// <summary>
/// Keys and certificates for TLS between switches, manager and controllers, as PEM files of one folder: <c>NAME-key.pem</c>, readable by
/// its owner alone, and <c>NAME-cert.pem</c>; the authority's name is <c>ca</c>.
/// </summary>
public static class KeySet
{
    private const string Authority = "ca";
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3650);
    private static readonly TimeSpan ClockSlack = TimeSpan.FromDays(1);

    /// <summary>Makes the authority.</summary>
    /// <exception cref="ControlException">One is there already, or the folder cannot be written.</exception>
    public static void CreateAuthority(string folder) => Guard(folder, () =>
    {
        Directory.CreateDirectory(folder);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request("S-Trace authority", key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now - ClockSlack, now + Lifetime);
        Save(folder, Authority, key, certificate);
    });

    /// <summary>Makes a key and has its certificate signed by the folder's authority.</summary>
    /// <param name="name">Of the two files and of the certificate's subject: letters, digits, '-', '_' and '.'.</param>
    /// <exception cref="ControlException">No authority is there, the name cannot be used, or is taken.</exception>
    public static void Create(string folder, string name) => Guard(folder, () =>
    {
        if (name is "" or Authority || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            throw new ControlException($"'{name}' cannot name a key: letters, digits, '-', '_' and '.', and not '{Authority}'");
        if (!File.Exists(KeyFile(folder, Authority)))
            throw new ControlException($"{folder} has no authority ({Path.GetFileName(KeyFile(folder, Authority))}): make one with `s-trace keys init {folder}`");
        using var authority = X509Certificate2.CreateFromPemFile(CertificateFile(folder, Authority), KeyFile(folder, Authority));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        using var certificate = request.Create(
            authority, DateTimeOffset.UtcNow - ClockSlack, authority.NotAfter, RandomNumberGenerator.GetBytes(16));
        Save(folder, name, key, certificate);
    });

    public static string KeyFile(string folder, string name) => Path.Combine(folder, $"{name}-key.pem");

    public static string CertificateFile(string folder, string name) => Path.Combine(folder, $"{name}-cert.pem");

    private static CertificateRequest Request(string name, ECDsa key) =>
        new(new X500DistinguishedName($"CN={name}, O=S-Trace"), key, HashAlgorithmName.SHA256);

    private static void Save(string folder, string name, ECDsa key, X509Certificate2 certificate)
    {
        if (File.Exists(CertificateFile(folder, name)))
            throw new ControlException($"{CertificateFile(folder, name)} is there already: nothing is written over");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var writer = new StreamWriter(KeyFile(folder, name), options))
            writer.Write(key.ExportPkcs8PrivateKeyPem() + "\n");
        File.WriteAllText(CertificateFile(folder, name), certificate.ExportCertificatePem() + "\n");
    }

    private static void Guard(string folder, Action write)
    {
        try
        {
            write();
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ControlException($"keys cannot be made in {folder}: {failed.Message}", failed);
        }
    }
}
