using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Groups;

/// <summary>Who a request says it comes from: the member, in which generation, and its instance if it is static.</summary>
readonly record struct MemberClaim(string MemberId, int Generation, string? InstanceId);

/// <summary>One way to assign partitions that a member knows, with what it tells the leader.</summary>
sealed record MemberProtocol(string Name, byte[] Metadata);

/// <summary>A request to join.</summary>
sealed record JoinWish(
    string MemberId, string? InstanceId, string ClientId, string ClientHost, int SessionTimeoutMs, int RebalanceTimeoutMs,
    string ProtocolType, IReadOnlyList<MemberProtocol> Protocols, bool NeedsKnownId);

/// <summary>The answer to a request to join; the leader alone is told of the members.</summary>
sealed record JoinResult(
    ErrorCode Error, int Generation, string? ProtocolType, string? Protocol, string Leader, string MemberId,
    IReadOnlyList<GroupMember> Members, bool SkipAssignment = false)
{
    public static JoinResult Refused(ErrorCode error, string memberId) => new(error, -1, null, null, "", memberId, []);
}

/// <summary>The answer to a member that asks for its assignment.</summary>
sealed record SyncResult(ErrorCode Error, string? ProtocolType, string? Protocol, byte[] Assignment)
{
    public static SyncResult Refused(ErrorCode error) => new(error, null, null, []);
}

/// <summary>One consumer in a group. Its group's lock guards it.</summary>
sealed class GroupMember(string id, JoinWish wish)
{
    public string Id => id;

    public JoinWish Wish { get; set; } = wish;

    public byte[] Assignment { get; set; } = [];

    /// <summary>Waits for the others to join, too.</summary>
    public TaskCompletionSource<JoinResult>? Joining { get; private set; }

    /// <summary>Waits for the leader to assign.</summary>
    public TaskCompletionSource<SyncResult>? Syncing { get; private set; }

    /// <summary>When it counts as gone, unless it is heard of; who waits for an answer of ours is not gone.</summary>
    public long ExpiresAt { get; private set; }

    public bool IsWaiting => Joining is not null || Syncing is not null;

    public void HeardOf(long now) => ExpiresAt = now + Wish.SessionTimeoutMs;

    public byte[] Metadata(string? protocol) => Wish.Protocols.FirstOrDefault(known => known.Name == protocol)?.Metadata ?? [];

    public bool HasSameProtocols(JoinWish other) =>
        Wish.Protocols.Count == other.Protocols.Count
        && Wish.Protocols.Zip(other.Protocols).All(pair =>
            pair.First.Name == pair.Second.Name && pair.First.Metadata.AsSpan().SequenceEqual(pair.Second.Metadata));

    public Task<JoinResult> JoinAsync()
    {
        Joining ??= new TaskCompletionSource<JoinResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        return Joining.Task;
    }

    public Task<SyncResult> SyncAsync()
    {
        Syncing ??= new TaskCompletionSource<SyncResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        return Syncing.Task;
    }

    public void AnswerJoin(JoinResult result)
    {
        Joining?.TrySetResult(result);
        Joining = null;
    }

    public void AnswerSync(SyncResult result)
    {
        Syncing?.TrySetResult(result);
        Syncing = null;
    }

    public void Refuse(ErrorCode error)
    {
        AnswerJoin(JoinResult.Refused(error, id));
        AnswerSync(SyncResult.Refused(error));
    }
}
