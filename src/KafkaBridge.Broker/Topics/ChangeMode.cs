namespace KafkaBridge.Broker.Topics;

/// <summary>Whether a request is to change something, or to say what would come of it.</summary>
enum ChangeMode
{
    Apply,
    ValidateOnly,
}
