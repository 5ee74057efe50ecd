using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KafkaBridge.Tls;

/// <summary>
/// Says why a server's certificate was refused. The libraries that refused it only say that they did, so it is looked at
/// once more; nothing is sent over that connection.
/// </summary>
internal sealed class ServerCertificate(string host, int port, string? authorityFile)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    X509Certificate2? shown;
    SslPolicyErrors errors;

    /// <param name="openTls">What the protocol says before TLS; false: the server offers none.</param>
    /// <returns>A sentence, or null where nothing is wrong with it or it can't be seen.</returns>
    public async Task<string?> WhyRefusedAsync(Func<Stream, CancellationToken, Task<bool>>? openTls, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, limit.Token);
            if (openTls is not null && !await openTls(client.GetStream(), limit.Token))
            {
                return string.Create(CultureInfo.InvariantCulture, $"the server at {host}:{port} offers no TLS");
            }

            await using var tls = new SslStream(client.GetStream(), false, Look);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, limit.Token);
        }
        catch (Exception exception) when (exception is IOException or SocketException or AuthenticationException)
        {
            // refused as it was to be, or not there
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // too slow to look at
        }

        using (shown)
        {
            return shown is null ? null : Judge(shown);
        }
    }

    /// <summary>Keeps what the server showed and refuses it.</summary>
    bool Look(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors found)
    {
        (shown, errors) = (certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData()), found);
        return false;
    }

    string? Judge(X509Certificate2 certificate)
    {
        var which = string.Create(CultureInfo.InvariantCulture, $"the certificate of {host}:{port} ({certificate.Subject})");
        var now = DateTime.Now;
        if (certificate.NotAfter < now)
        {
            return $"{which} expired at {Utc(certificate.NotAfter)}";
        }

        if (certificate.NotBefore > now)
        {
            return $"{which} is not valid before {Utc(certificate.NotBefore)}";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"{which} is for {Names(certificate)}, not for the host {host}";
        }

        return IsTrusted(certificate)
            ? null
            : $"{which} was issued by {certificate.Issuer}, which is not in {authorityFile ?? "this machine's trust store"}";
    }

    bool IsTrusted(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (authorityFile is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            try
            {
                chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(authorityFile);
            }
            catch (Exception exception) when (exception is IOException or CryptographicException or UnauthorizedAccessException)
            {
                return false;
            }
        }

        return chain.Build(certificate);
    }

    static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(one => one.ToString())))
            .ToList();
        return names.Count == 0 ? certificate.Subject : string.Join(", ", names);
    }

    static string Utc(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
