namespace KafkaBridge.Options;

/// <summary>
/// libpq's URI: <c>postgresql://user:password@host:port,host:port/database?keyword=value</c>, every part optional and
/// percent-encoded.
/// </summary>
internal static class PgUri
{
    /// <exception cref="FormatException">It is not of that form.</exception>
    public static Dictionary<string, string> Parse(string uri)
    {
        var values = new Dictionary<string, string>();
        var rest = uri[(uri.IndexOf("://", StringComparison.Ordinal) + 3)..];
        if (rest.IndexOf('?', StringComparison.Ordinal) is var question and >= 0)
        {
            Query(rest[(question + 1)..], values);
            rest = rest[..question];
        }

        if (rest.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0)
        {
            Set(values, "dbname", rest[(slash + 1)..]);
            rest = rest[..slash];
        }

        if (rest.LastIndexOf('@') is var at and >= 0)
        {
            var user = rest[..at];
            var colon = user.IndexOf(':', StringComparison.Ordinal);
            Set(values, "user", colon < 0 ? user : user[..colon]);
            Set(values, "password", colon < 0 ? "" : user[(colon + 1)..]);
            rest = rest[(at + 1)..];
        }

        Hosts(rest, values);
        return values;
    }

    static void Hosts(string text, Dictionary<string, string> values)
    {
        if (text.Length == 0)
        {
            return;
        }

        var hosts = new List<string>();
        var ports = new List<string>();
        foreach (var item in text.Split(','))
        {
            var bracket = item.StartsWith('[') ? item.IndexOf(']', StringComparison.Ordinal) : -1;
            if (item.StartsWith('[') && bracket < 0)
            {
                throw new FormatException("the address has a '[' without ']'.");
            }

            var colon = item.IndexOf(':', bracket + 1);
            var host = bracket > 0 ? item[1..bracket] : colon < 0 ? item : item[..colon];
            hosts.Add(Decode(host));
            ports.Add(colon < 0 ? "" : Decode(item[(colon + 1)..]));
        }

        if (hosts.Exists(host => host.Length > 0))
        {
            values.TryAdd("host", string.Join(',', hosts));
        }

        if (ports.Exists(port => port.Length > 0))
        {
            values.TryAdd("port", string.Join(',', ports));
        }
    }

    static void Query(string query, Dictionary<string, string> values)
    {
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new FormatException("a parameter after '?' in the address is not keyword=value.");
            }

            var (key, value) = (Decode(pair[..equals]), Decode(pair[(equals + 1)..]));
            if (key == "ssl" && value == "true")
            {
                (key, value) = ("sslmode", "require");
            }

            values[key] = value;
        }
    }

    static void Set(Dictionary<string, string> values, string key, string encoded)
    {
        if (encoded.Length > 0)
        {
            values.TryAdd(key, Decode(encoded));
        }
    }

    static string Decode(string text)
    {
        for (var i = text.IndexOf('%', StringComparison.Ordinal); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
            {
                throw new FormatException("the address has a '%' that two hexadecimal digits do not follow; a literal '%' is written %25.");
            }
        }

        var decoded = Uri.UnescapeDataString(text);
        return decoded.Contains('\0', StringComparison.Ordinal) ? throw new FormatException("the address holds %00.") : decoded;
    }
}
