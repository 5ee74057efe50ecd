using System.Globalization;
using System.Text;
using Npgsql;

namespace KafkaBridge.Options;

/// <summary>libpq's keywords: reading <c>host=a dbname='b c'</c>, and what each means to Npgsql.</summary>
internal static class PgKeywords
{
    const int DefaultPort = 5432;
    const string SocketDirectory = "/var/run/postgresql";

    /// <summary>Npgsql's name of the keyword; empty where it is handled here, null where libpq's setting means nothing to us.</summary>
    static readonly Dictionary<string, string?> Names = new()
    {
        ["host"] = "", ["hostaddr"] = "", ["port"] = "", ["service"] = "", ["sslmode"] = "", ["sslrootcert"] = "",
        ["dbname"] = "Database", ["user"] = "Username", ["password"] = "Password", ["passfile"] = "Passfile",
        ["connect_timeout"] = "Timeout", ["application_name"] = "Application Name", ["options"] = "Options",
        ["sslcert"] = "SSL Certificate", ["sslkey"] = "SSL Key", ["sslpassword"] = "SSL Password",
        ["sslnegotiation"] = "SSL Negotiation", ["channel_binding"] = "Channel Binding", ["require_auth"] = "Require Auth",
        ["target_session_attrs"] = "Target Session Attributes", ["krbsrvname"] = "Kerberos Service Name",
        ["gssencmode"] = "GSS Encryption Mode", ["load_balance_hosts"] = "",
        ["fallback_application_name"] = null, ["client_encoding"] = null, ["keepalives"] = null, ["keepalives_idle"] = null,
        ["keepalives_interval"] = null, ["keepalives_count"] = null, ["tcp_user_timeout"] = null, ["sslcompression"] = null,
        ["sslsni"] = null, ["gsslib"] = null, ["gssdelegation"] = null, ["ssl_min_protocol_version"] = null,
    };

    public static readonly (string Variable, string Keyword)[] Variables =
    [
        ("PGHOST", "host"), ("PGPORT", "port"), ("PGDATABASE", "dbname"), ("PGUSER", "user"), ("PGPASSFILE", "passfile"),
        ("PGSSLMODE", "sslmode"), ("PGSSLROOTCERT", "sslrootcert"), ("PGSSLCERT", "sslcert"), ("PGSSLKEY", "sslkey"),
        ("PGCONNECT_TIMEOUT", "connect_timeout"), ("PGTARGETSESSIONATTRS", "target_session_attrs"), ("PGOPTIONS", "options"),
    ];

    public static IReadOnlyCollection<string> Known => Names.Keys;

    public static bool IsKnown(string keyword) => Names.ContainsKey(keyword);

    /// <summary>libpq's rules: pairs separated by blanks, values bare or in single quotes, backslash escapes in both.</summary>
    /// <exception cref="FormatException">It is not of that form.</exception>
    public static Dictionary<string, string> Parse(string text)
    {
        var values = new Dictionary<string, string>();
        var position = 0;
        while (true)
        {
            SkipBlanks(text, ref position);
            if (position == text.Length)
            {
                return values;
            }

            var start = position;
            while (position < text.Length && text[position] != '=' && !char.IsWhiteSpace(text[position]))
            {
                position++;
            }

            var keyword = text[start..position];
            SkipBlanks(text, ref position);
            if (position == text.Length || text[position] != '=')
            {
                throw new FormatException(
                    "the address is no URI (postgresql://…), and not of the form keyword=value either: a keyword without '='.");
            }

            position++;
            SkipBlanks(text, ref position);
            values[keyword] = Value(text, ref position);
        }
    }

    /// <exception cref="FormatException">A value is none that its keyword has.</exception>
    public static NpgsqlConnectionStringBuilder ToNpgsql(Dictionary<string, string> values, IReadOnlyDictionary<string, string> environment)
    {
        var builder = new NpgsqlConnectionStringBuilder();
        foreach (var (keyword, value) in values)
        {
            if (!Names.TryGetValue(keyword, out var name) || string.IsNullOrEmpty(name) || value.Length == 0)
            {
                continue;
            }

            Set(builder, name, keyword, value);
        }

        var user = builder.Username ?? environment.GetValueOrDefault("USER") ?? Environment.UserName;
        builder.Username = user;
        builder.Database ??= user;
        Hosts(builder, values);
        if (values.GetValueOrDefault("sslmode") is { Length: > 0 } mode)
        {
            builder.SslMode = mode switch
            {
                "disable" => SslMode.Disable,
                "allow" => SslMode.Allow,
                "prefer" => SslMode.Prefer,
                "require" => SslMode.Require,
                "verify-ca" => SslMode.VerifyCA,
                "verify-full" => SslMode.VerifyFull,
                _ => throw new FormatException($"sslmode is disable, allow, prefer, require, verify-ca or verify-full, not '{mode}'."),
            };
        }

        if (values.GetValueOrDefault("sslrootcert") is { Length: > 0 } certificate && certificate != "system")
        {
            builder.RootCertificate = certificate;
        }

        return builder;
    }

    static void Set(NpgsqlConnectionStringBuilder builder, string name, string keyword, string value)
    {
        try
        {
            builder[name] = value;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw new FormatException(
                Redaction.IsSecretName(keyword)
                    ? $"the address's '{keyword}' is not valid."
                    : $"the address's '{keyword}' can't be '{value}'.");
        }
    }

    static void Hosts(NpgsqlConnectionStringBuilder builder, Dictionary<string, string> values)
    {
        var ports = (values.GetValueOrDefault("port") ?? "").Split(',');
        var given = values.GetValueOrDefault("host") is { Length: > 0 } host ? host : values.GetValueOrDefault("hostaddr");
        string[] hosts = string.IsNullOrEmpty(given) ? [DefaultHost(Port(ports[0]))] : given.Split(',');
        if (ports.Length != 1 && ports.Length != hosts.Length)
        {
            throw new FormatException($"the address has {hosts.Length} hosts but {ports.Length} ports.");
        }

        if (hosts.Length == 1)
        {
            builder.Host = hosts[0].Length == 0 ? DefaultHost(Port(ports[0])) : hosts[0];
            builder.Port = Port(ports[0]);
            return;
        }

        builder.Host = string.Join(',', hosts.Select((name, i) =>
            string.Create(
                CultureInfo.InvariantCulture, $"{(name.Length == 0 ? "localhost" : name)}:{Port(ports[ports.Length == 1 ? 0 : i])}")));
        builder.TargetSessionAttributes ??= "primary";
    }

    static string DefaultHost(int port) =>
        File.Exists(string.Create(CultureInfo.InvariantCulture, $"{SocketDirectory}/.s.PGSQL.{port}")) ? SocketDirectory : "localhost";

    static int Port(string text) =>
        text.Length == 0 ? DefaultPort
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 ? port
        : throw new FormatException($"the address's port can't be '{text}'.");

    static void SkipBlanks(string text, ref int position)
    {
        while (position < text.Length && char.IsWhiteSpace(text[position]))
        {
            position++;
        }
    }

    static string Value(string text, ref int position)
    {
        var value = new StringBuilder();
        var quoted = position < text.Length && text[position] == '\'';
        position += quoted ? 1 : 0;
        for (; position < text.Length; position++)
        {
            var c = text[position];
            if (c == '\\' && position + 1 < text.Length)
            {
                value.Append(text[++position]);
            }
            else if (quoted && c == '\'')
            {
                position++;
                return value.ToString();
            }
            else if (!quoted && char.IsWhiteSpace(c))
            {
                return value.ToString();
            }
            else
            {
                value.Append(c);
            }
        }

        return quoted ? throw new FormatException("the address has a quote that isn't closed.") : value.ToString();
    }
}
