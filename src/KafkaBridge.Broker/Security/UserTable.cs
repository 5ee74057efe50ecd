using System.Security.Cryptography;
using System.Text;

namespace KafkaBridge.Broker.Security;

/// <summary>The users and what is needed to check them. Without users nobody is asked.</summary>
sealed class UserTable
{
    public const string Plain = "PLAIN";
    public const string Scram256 = "SCRAM-SHA-256";
    public const string Scram512 = "SCRAM-SHA-512";

    readonly Dictionary<string, (ScramKeys Sha256, ScramKeys Sha512)> users;

    /// <param name="users">None: no authentication.</param>
    /// <param name="encrypted">PLAIN is offered only where the connection hides the password.</param>
    public UserTable(IReadOnlyList<BrokerUser> users, bool encrypted)
    {
        this.users = users.ToDictionary(
            user => user.Name,
            user => (new ScramKeys(user.Password, HashAlgorithmName.SHA256), new ScramKeys(user.Password, HashAlgorithmName.SHA512)));
        Mechanisms = encrypted ? [Scram512, Scram256, Plain] : [Scram512, Scram256];
    }

    public bool IsRequired => users.Count > 0;

    public IReadOnlyList<string> Mechanisms { get; }

    public ScramExchange NewExchange(string mechanism) => mechanism == Scram256
        ? new ScramExchange(HashAlgorithmName.SHA256, name => users.TryGetValue(name, out var keys) ? keys.Sha256 : null)
        : new ScramExchange(HashAlgorithmName.SHA512, name => users.TryGetValue(name, out var keys) ? keys.Sha512 : null);

    /// <summary>RFC 4616: authorization id, name and password, with NUL between.</summary>
    public bool IsRightPlain(byte[] message)
    {
        var parts = Encoding.UTF8.GetString(message).Split('\0');
        if (parts.Length != 3 || (parts[0].Length > 0 && parts[0] != parts[1]) || !users.TryGetValue(parts[1], out var keys))
        {
            return false;
        }

        const int bytes = SHA512.HashSizeInBytes;
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(parts[2]), keys.Sha512.Salt, ScramKeys.Iterations, HashAlgorithmName.SHA512, bytes);
        var serverKey = ScramKeys.Hmac(HashAlgorithmName.SHA512, salted, "Server Key"u8);
        return CryptographicOperations.FixedTimeEquals(serverKey, keys.Sha512.ServerKey);
    }
}
