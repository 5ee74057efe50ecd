namespace KafkaBridge.Broker.Security;

/// <summary>Who may connect. The password is turned into keys when the broker starts, and not kept.</summary>
public sealed record BrokerUser(string Name, string Password)
{
    /// <summary>Never the password.</summary>
    public override string ToString() => Name;
}
