using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace STrace.Control;

/// <summary>
/// The manager's key and certificate, and the authority that the others' must be from. Names in certificates are not looked at: who
/// has one of this authority belongs to the network, as with Open vSwitch.
/// </summary>
public sealed class TlsIdentity
{
    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2Collection? _authority;

    private TlsIdentity(X509Certificate2 certificate, X509Certificate2Collection? authority)
    {
        _certificate = certificate;
        _authority = authority;
    }

    /// <summary>Whether certificates of others can be checked.</summary>
    public bool HasAuthority => _authority is not null;

    /// <param name="keyFile">PEM.</param>
    /// <param name="certificateFile">PEM.</param>
    /// <param name="authorityFile">PEM; null where certificates of others are not asked for.</param>
    /// <exception cref="ControlException">A file cannot be read, or key and certificate do not belong together.</exception>
    public static TlsIdentity Load(string keyFile, string certificateFile, string? authorityFile)
    {
        try
        {
            X509Certificate2Collection? authority = null;
            if (authorityFile is not null)
            {
                authority = [];
                authority.ImportFromPemFile(authorityFile);
                if (authority.Count == 0)
                    throw new CryptographicException($"{authorityFile} holds no certificate in PEM form");
            }
            return new TlsIdentity(X509Certificate2.CreateFromPemFile(certificateFile, keyFile), authority);
        }
        catch (Exception bad) when (bad is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new ControlException(
                $"the TLS key {keyFile} with certificate {certificateFile}{(authorityFile is null ? "" : $" and authority {authorityFile}")} " +
                $"cannot be used: {bad.Message} (make a set with `s-trace keys init DIR`)", bad);
        }
    }

    /// <summary>Shakes hands with a switch; it must show a certificate where there is an authority.</summary>
    /// <exception cref="ControlException">It speaks no TLS, or its certificate is not good.</exception>
    internal Task<Connection> AcceptAsync(Socket socket, CancellationToken cancellationToken) => OverTlsAsync(socket, stream =>
        stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = _certificate,
                ClientCertificateRequired = _authority is not null,
                CertificateChainPolicy = Policy,
                RemoteCertificateValidationCallback = (_, _, _, errors) => _authority is null || IsGood(errors),
            },
            cancellationToken));

    /// <summary>Shakes hands with a controller, whose certificate must be from the authority.</summary>
    /// <exception cref="ControlException">It speaks no TLS, or its certificate is not good.</exception>
    internal Task<Connection> ConnectAsync(Socket socket, string host, CancellationToken cancellationToken) => OverTlsAsync(socket, stream =>
        stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = host,
                ClientCertificates = [_certificate],
                LocalCertificateSelectionCallback = (_, _, _, _, _) => _certificate,
                CertificateChainPolicy = Policy,
                RemoteCertificateValidationCallback = (_, _, _, errors) => IsGood(errors),
            },
            cancellationToken));

    private X509ChainPolicy? Policy
    {
        get
        {
            if (_authority is null)
                return null;
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(_authority);
            return policy;
        }
    }

    private static bool IsGood(SslPolicyErrors errors) => (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;

    private static async Task<Connection> OverTlsAsync(Socket socket, Func<SslStream, Task> shakeHands)
    {
        var peer = socket.RemoteEndPoint!;
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await shakeHands(stream);
            return new Connection(stream, Direct: null, peer);
        }
        catch (Exception failed) when (failed is AuthenticationException or IOException)
        {
            await stream.DisposeAsync();
            throw new ControlException($"no TLS with {peer}: {failed.GetBaseException().Message}", failed);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }
}
