using KafkaBridge.Broker.Storage;

namespace KafkaBridge.Broker;

/// <summary>Ids of idempotent producers, each given once, ever: a block of them is taken in one durable write.</summary>
sealed class ProducerIds(KeyedLog numbers) : IDisposable
{
    const string Key = "next-producer-id";
    const long Block = 1000;

    readonly SemaphoreSlim giving = new(1); // of the fields below
    long next;
    long end;

    public void Dispose() => giving.Dispose();

    public async Task<long> NextAsync()
    {
        await giving.WaitAsync();
        try
        {
            if (next == end)
            {
                var start = numbers.Get(Key) is { } stored ? BitConverter.ToInt64(stored) : 0;
                await numbers.PutAsync(Key, BitConverter.GetBytes(start + Block));
                next = start;
                end = start + Block;
            }

            return next++;
        }
        finally
        {
            giving.Release();
        }
    }
}
