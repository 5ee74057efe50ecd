namespace KafkaBridge.Broker.Groups;

/// <summary>Who a request says it comes from: the member, in which generation, and its instance if it is static.</summary>
readonly record struct MemberClaim(string MemberId, int Generation, string? InstanceId);
