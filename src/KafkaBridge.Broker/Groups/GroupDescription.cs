namespace KafkaBridge.Broker.Groups;

/// <summary>A group as it is at one moment.</summary>
sealed record GroupDescription(
    string Name, GroupState State, string ProtocolType, string Protocol, IReadOnlyList<MemberDescription> Members);

/// <summary>A member as it is at one moment.</summary>
sealed record MemberDescription(string Id, JoinWish Wish, byte[] Metadata, byte[] Assignment);
