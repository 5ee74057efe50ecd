namespace KafkaBridge.Broker.Protocol;

/// <summary>One request that a connection brought: its header, its body, and the response that its handler writes.</summary>
sealed class Request(ApiKey key, short version, int correlationId, string? clientId, bool flexible, Memory<byte> body) : IDisposable
{
    public ApiKey Key => key;

    public short Version => version;

    public int CorrelationId => correlationId;

    public string? ClientId => clientId;

    /// <summary>What follows the header. A producer's batches are given their offsets in place.</summary>
    public Memory<byte> Body => body;

    public required BrokerState Broker { get; init; }

    public required BrokerConnection Connection { get; init; }

    /// <summary>Ends the wait of a handler when the connection or the broker ends.</summary>
    public required CancellationToken Ended { get; init; }

    public KafkaWriter Response { get; } = new();

    /// <summary>The error that a test wants as the answer, with nothing done.</summary>
    public ErrorCode? Refusal { get; set; }

    /// <summary>Set for the one request that has no response: produce with acks 0.</summary>
    public bool Unanswered { get; set; }

    /// <summary>Set where the connection ends with this answer.</summary>
    public bool IsLast { get; set; }

    public KafkaReader Read() => new(body.Span, flexible);

    public void Dispose() => Response.Dispose();
}
