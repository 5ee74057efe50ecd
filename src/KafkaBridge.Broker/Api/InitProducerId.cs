using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// InitProducerId: 0 to 5. A new id with epoch 0 for every idempotent producer, also for one that had an id.
/// Left out: transactions; a transactional id is refused with UNSUPPORTED_VERSION.
/// </summary>
static class InitProducerId
{
    public static readonly ApiEntry Entry = new(ApiKey.InitProducerId, 0, 5, 2, HandleAsync);

    static async Task HandleAsync(Request request)
    {
        var transactional = request.Read().NullableString() is not null;
        var error = request.Refusal ?? (transactional ? ErrorCode.UnsupportedVersion : ErrorCode.None);
        var id = -1L;
        if (error == ErrorCode.None)
        {
            try
            {
                id = await request.Broker.ProducerIds.NextAsync();
            }
            catch (IOException)
            {
                error = ErrorCode.CoordinatorNotAvailable;
            }
        }

        var response = request.Response;
        response.Int32(0); // throttle
        response.Error(error);
        response.Int64(id);
        response.Int16(error == ErrorCode.None ? (short)0 : (short)-1);
        response.Tags();
    }
}
