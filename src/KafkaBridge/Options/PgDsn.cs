using System.Globalization;
using Npgsql;

namespace KafkaBridge.Options;

/// <summary>
/// A PostgreSQL address in any form people have: a URI, libpq's keywords, <c>service=name</c>, or Npgsql's own. What the
/// address leaves open comes from the service file, then from the PG* variables, then from libpq's defaults.
/// </summary>
internal static class PgDsn
{
    const string ApplicationName = "kafkabridge";

    /// <exception cref="FormatException">The address can't be read; the message holds no password.</exception>
    public static NpgsqlConnectionStringBuilder Parse(
        string dsn, IReadOnlyDictionary<string, string> environment, string? passwordFile = null)
    {
        if (LooksLikeNpgsql(dsn))
        {
            return WithPassword(Npgsql(dsn), environment, passwordFile);
        }

        var values = IsUri(dsn) ? PgUri.Parse(dsn) : PgKeywords.Parse(dsn);
        foreach (var unknown in values.Keys.Where(key => !PgKeywords.IsKnown(key)))
        {
            throw new FormatException(NearestName.Of(unknown, PgKeywords.Known) is { } nearest
                ? $"the address has the unknown keyword '{unknown}'; did you mean '{nearest}'?"
                : $"the address has the unknown keyword '{unknown}'.");
        }

        var service = values.GetValueOrDefault("service") ?? environment.GetValueOrDefault("PGSERVICE");
        if (!string.IsNullOrEmpty(service))
        {
            foreach (var (key, value) in PgServiceFile.Find(service, environment))
            {
                values.TryAdd(key, value);
            }
        }

        foreach (var (variable, key) in PgKeywords.Variables)
        {
            if (environment.GetValueOrDefault(variable) is { Length: > 0 } value)
            {
                values.TryAdd(key, value);
            }
        }

        return WithPassword(PgKeywords.ToNpgsql(values, environment), environment, passwordFile);
    }

    static bool IsUri(string dsn) =>
        dsn.StartsWith("postgresql://", StringComparison.Ordinal) || dsn.StartsWith("postgres://", StringComparison.Ordinal);

    /// <summary>Npgsql separates by semicolons; libpq never does. One pair alone is libpq's if it knows the keyword.</summary>
    static bool LooksLikeNpgsql(string dsn)
    {
        if (IsUri(dsn))
        {
            return false;
        }

        var equals = dsn.IndexOf('=', StringComparison.Ordinal);
        var first = equals < 0 ? "" : dsn[..equals].Trim();
        if (dsn.Contains(';', StringComparison.Ordinal))
        {
            var pairs = dsn.Split(';', StringSplitOptions.RemoveEmptyEntries);
            return !dsn.Contains('\'', StringComparison.Ordinal) && pairs.All(
                pair => pair.Contains('=', StringComparison.Ordinal) || pair.Trim().Length == 0);
        }

        return first.Length > 0 && !PgKeywords.IsKnown(first) && new NpgsqlConnectionStringBuilder().ContainsKey(first);
    }

    static NpgsqlConnectionStringBuilder Npgsql(string dsn)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(dsn);
        }
        catch (ArgumentException exception)
        {
            throw new FormatException($"the address can't be read: {Redaction.None.Apply(exception.Message)}");
        }
    }

    static NpgsqlConnectionStringBuilder WithPassword(
        NpgsqlConnectionStringBuilder builder, IReadOnlyDictionary<string, string> environment, string? passwordFile)
    {
        if (passwordFile is not null)
        {
            try
            {
                builder.Password = File.ReadAllText(passwordFile).TrimEnd('\r', '\n');
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new FormatException($"the password file can't be read: {exception.Message}");
            }
        }
        else if (string.IsNullOrEmpty(builder.Password) && environment.GetValueOrDefault("PGPASSWORD") is { Length: > 0 } password)
        {
            builder.Password = password;
        }

        builder.ApplicationName ??= ApplicationName;
        builder.PersistSecurityInfo = false;
        return builder;
    }

    /// <summary>For people: host, port and database, nothing else.</summary>
    public static string Describe(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        return string.Create(CultureInfo.InvariantCulture, $"{builder.Host}:{builder.Port}/{builder.Database}");
    }
}
