namespace KafkaBridge.Options;

/// <summary>libpq's connection service file: sections of <c>key=value</c> lines.</summary>
internal static class PgServiceFile
{
    /// <exception cref="FormatException">No file has the service; the message names where it was looked for.</exception>
    public static IReadOnlyDictionary<string, string> Find(string service, IReadOnlyDictionary<string, string> environment)
    {
        var places = Places(environment).ToArray();
        foreach (var place in places.Where(File.Exists))
        {
            if (Section(place, service) is { } section)
            {
                return section;
            }
        }

        throw new FormatException($"the service '{service}' stands in none of {string.Join(", ", places)}.");
    }

    static IEnumerable<string> Places(IReadOnlyDictionary<string, string> environment)
    {
        if (environment.GetValueOrDefault("PGSERVICEFILE") is { Length: > 0 } named)
        {
            yield return named;
        }
        else if (environment.GetValueOrDefault("HOME") is { Length: > 0 } home)
        {
            yield return Path.Combine(home, ".pg_service.conf");
        }

        yield return environment.GetValueOrDefault("PGSYSCONFDIR") is { Length: > 0 } directory
            ? Path.Combine(directory, "pg_service.conf")
            : "/etc/postgresql-common/pg_service.conf";
    }

    static Dictionary<string, string>? Section(string file, string service)
    {
        Dictionary<string, string>? section = null;
        var number = 0;
        foreach (var raw in File.ReadLines(file))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (line[0] == '[')
            {
                if (section is not null)
                {
                    return section;
                }

                section = line == $"[{service}]" ? [] : null;
                continue;
            }

            if (section is null)
            {
                continue;
            }

            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new FormatException($"{file}:{number}: a line of a service is key=value.");
            }

            section.TryAdd(line[..equals].Trim(), line[(equals + 1)..].Trim());
        }

        return section;
    }
}
