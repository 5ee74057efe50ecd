using System.Security.Cryptography;
using System.Text;

namespace KafkaBridge.Broker.Security;

/// <summary>What the server keeps of a password for SCRAM (RFC 5802): enough to check a proof, not to make one.</summary>
sealed class ScramKeys
{
    public const int Iterations = 8192;
    const int SaltBytes = 16;

    public ScramKeys(string password, HashAlgorithmName hash)
    {
        Salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var bytes = hash == HashAlgorithmName.SHA256 ? SHA256.HashSizeInBytes : SHA512.HashSizeInBytes;
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), Salt, Iterations, hash, bytes);
        StoredKey = Hash(hash, Hmac(hash, salted, "Client Key"u8));
        ServerKey = Hmac(hash, salted, "Server Key"u8);
    }

    public byte[] Salt { get; }

    public byte[] StoredKey { get; }

    public byte[] ServerKey { get; }

    public static byte[] Hmac(HashAlgorithmName hash, byte[] key, ReadOnlySpan<byte> message) =>
        hash == HashAlgorithmName.SHA256 ? HMACSHA256.HashData(key, message) : HMACSHA512.HashData(key, message);

    public static byte[] Hash(HashAlgorithmName hash, byte[] bytes) =>
        hash == HashAlgorithmName.SHA256 ? SHA256.HashData(bytes) : SHA512.HashData(bytes);
}
