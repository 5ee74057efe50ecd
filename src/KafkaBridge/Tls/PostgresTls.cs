using KafkaBridge.Options;
using Npgsql;

namespace KafkaBridge.Tls;

/// <summary>TLS to PostgreSQL that failed, explained.</summary>
internal static class PostgresTls
{
    /// <summary>The protocol's SSLRequest: length 8, code 80877103.</summary>
    static readonly byte[] SslRequest = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F];

    /// <returns>Null where the failure has nothing to do with TLS.</returns>
    public static async Task<StoppedException?> ExplainAsync(NodeOptions node, Exception exception, CancellationToken ct)
    {
        var address = new NpgsqlConnectionStringBuilder(node.ConnectionString);
        if (exception is not NpgsqlException or PostgresException || address.SslMode < SslMode.Require || IsElsewhere(address.Host))
        {
            return null;
        }

        var certificate = new ServerCertificate(address.Host!, address.Port, address.RootCertificate);
        return await certificate.WhyRefusedAsync(OpenAsync, ct) is { } why
            ? new StoppedException(
                ExitCode.PostgresUnreachable, "KB1046", "no trusted TLS connection to PostgreSQL", NodeDatabase.Where(node), why,
                "check sslmode, sslrootcert and the host's name in the node's dsn; at the server: ssl = on, ssl_cert_file and ssl_key_file",
                exception)
            : null;
    }

    /// <summary>A socket's folder, or several hosts.</summary>
    static bool IsElsewhere(string? host) => host is null || host.StartsWith('/') || host.Contains(',', StringComparison.Ordinal);

    static async Task<bool> OpenAsync(Stream stream, CancellationToken ct)
    {
        await stream.WriteAsync(SslRequest, ct);
        var answer = new byte[1];
        await stream.ReadExactlyAsync(answer, ct);
        return answer[0] == (byte)'S';
    }
}
