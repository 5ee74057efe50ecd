using System.Security.Cryptography;
using System.Text;

namespace KafkaBridge.Broker.Security;

/// <summary>
/// One client's SCRAM exchange (RFC 5802, RFC 7677), without channel binding. An unknown user fails like a wrong password.
/// </summary>
sealed class ScramExchange(HashAlgorithmName hash, Func<string, ScramKeys?> find)
{
    readonly string nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
    ScramKeys? keys;
    bool isKnown;
    string header = "";
    string combinedNonce = "";
    string messages = "";

    /// <summary>The answer to the client's first message; null if it is none.</summary>
    public byte[]? Begin(byte[] message)
    {
        var text = Encoding.UTF8.GetString(message);
        var parts = text.Split(',');
        if (parts.Length < 4 || parts[0] is not ("n" or "y") || parts.Any(part => part.StartsWith("m=", StringComparison.Ordinal))
            || Value(parts[2], "n=") is not { } user || Value(parts[3], "r=") is not { Length: > 0 } clientNonce)
        {
            return null;
        }

        var known = find(user.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal));
        isKnown = known is not null;
        keys = known ?? new ScramKeys(nonce, hash);
        header = $"{parts[0]},{parts[1]},";
        combinedNonce = clientNonce + nonce;
        var answer = $"r={combinedNonce},s={Convert.ToBase64String(keys.Salt)},i={ScramKeys.Iterations}";
        messages = $"{text[header.Length..]},{answer}";
        return Encoding.UTF8.GetBytes(answer);
    }

    /// <summary>The server's own proof if the client's is right; else null.</summary>
    public byte[]? End(byte[] message)
    {
        var text = Encoding.UTF8.GetString(message);
        var proofAt = text.LastIndexOf(",p=", StringComparison.Ordinal);
        if (keys is null || proofAt < 0)
        {
            return null;
        }

        var parts = text[..proofAt].Split(',');
        if (parts.Length < 2 || Value(parts[0], "c=") != Convert.ToBase64String(Encoding.UTF8.GetBytes(header))
            || Value(parts[1], "r=") != combinedNonce)
        {
            return null;
        }

        var signed = Encoding.UTF8.GetBytes($"{messages},{text[..proofAt]}");
        var clientKey = ScramKeys.Hmac(hash, keys.StoredKey, signed);
        var proof = new byte[clientKey.Length];
        if (!Convert.TryFromBase64String(text[(proofAt + 3)..], proof, out var length) || length != proof.Length)
        {
            return null;
        }

        for (var i = 0; i < proof.Length; i++)
        {
            clientKey[i] ^= proof[i];
        }

        return CryptographicOperations.FixedTimeEquals(ScramKeys.Hash(hash, clientKey), keys.StoredKey) && isKnown
            ? Encoding.UTF8.GetBytes("v=" + Convert.ToBase64String(ScramKeys.Hmac(hash, keys.ServerKey, signed)))
            : null;
    }

    static string? Value(string part, string name) => part.StartsWith(name, StringComparison.Ordinal) ? part[name.Length..] : null;
}
