using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KafkaBridge.TestKit;

/// <summary>
/// A certificate authority and what it signed, as PEM files: for localhost, for another host, for localhost but expired,
/// for a client (its key under a password); and an authority that signed none of them.
/// </summary>
public sealed class TestCertificates : IDisposable
{
    public const string ClientKeyPassword = "kEy-9f27c1-planted";

    readonly string folder = Directory.CreateTempSubdirectory("kb-certificates-").FullName;

    TestCertificates(DateTimeOffset now)
    {
        using var authority = Authority("CN=KafkaBridge test authority", now);
        using var stranger = Authority("CN=Another authority", now);
        AuthorityFile = Write("authority.pem", authority.ExportCertificatePem());
        OtherAuthorityFile = Write("other-authority.pem", stranger.ExportCertificatePem());
        Localhost = Issue(authority, "localhost", now.AddDays(30));
        OtherHost = Issue(authority, "db.elsewhere.example", now.AddDays(30));
        Expired = Issue(authority, "localhost", now.AddDays(-1));
        var client = Issue(authority, "bridge", now.AddDays(30), ClientKeyPassword);
        ClientFile = Write("client.pem", client.Certificate);
        ClientKeyFile = Write("client.key", client.Key);
    }

    public string AuthorityFile { get; }
    public string OtherAuthorityFile { get; }
    public string ClientFile { get; }

    /// <summary>Readable with <see cref="ClientKeyPassword"/>.</summary>
    public string ClientKeyFile { get; }

    public IssuedCertificate Localhost { get; }
    public IssuedCertificate OtherHost { get; }
    public IssuedCertificate Expired { get; }

    public static TestCertificates Create() => new(DateTimeOffset.UtcNow);

    /// <summary>Key and certificate in one PEM file, as Kafka wants them.</summary>
    public string KeyStore(string name, IssuedCertificate issued) => Write(name + ".pem", issued.Key + "\n" + issued.Certificate);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static X509Certificate2 Authority(string name, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return request.CreateSelfSigned(now.AddDays(-60), now.AddDays(60));
    }

    static IssuedCertificate Issue(X509Certificate2 authority, string host, DateTimeOffset until, string? keyPassword = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + host, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        using var certificate = request.Create(authority, until.AddDays(-50), until, RandomNumberGenerator.GetBytes(8));
        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000);
        return new IssuedCertificate(
            certificate.ExportCertificatePem(),
            keyPassword is null ? key.ExportPkcs8PrivateKeyPem() : key.ExportEncryptedPkcs8PrivateKeyPem(keyPassword, encryption));
    }

    string Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text + "\n");
        return path;
    }
}

/// <summary>Certificate and private key as PEM text.</summary>
public sealed record IssuedCertificate(string Certificate, string Key);
