using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Security;

/// <summary>How far one connection has come in proving who it is. Until it has, it may do nothing else.</summary>
sealed class Authentication(UserTable users)
{
    string? mechanism;
    ScramExchange? exchange;
    int steps;

    public bool IsDone { get; private set; } = !users.IsRequired;

    /// <summary>Whether a request may be handled now.</summary>
    public bool Allows(ApiKey key) => IsDone || key is ApiKey.ApiVersions or ApiKey.SaslHandshake or ApiKey.SaslAuthenticate;

    public ErrorCode Choose(string wanted)
    {
        if (!users.IsRequired || !users.Mechanisms.Contains(wanted))
        {
            return ErrorCode.UnsupportedSaslMechanism;
        }

        mechanism = wanted;
        exchange = wanted == UserTable.Plain ? null : users.NewExchange(wanted);
        steps = 0;
        return ErrorCode.None;
    }

    /// <summary>The next message for the client; null: refused.</summary>
    public byte[]? Step(byte[] message)
    {
        if (mechanism is null || IsDone)
        {
            return null;
        }

        steps++;
        if (exchange is null)
        {
            IsDone = steps == 1 && users.IsRightPlain(message);
            return IsDone ? [] : null;
        }

        if (steps == 1)
        {
            return exchange.Begin(message);
        }

        var proof = steps == 2 ? exchange.End(message) : null;
        IsDone = proof is not null;
        return proof;
    }
}
