using Confluent.Kafka;
using KafkaBridge.Kafka;

namespace KafkaBridge.Apply.Reading;

/// <summary>
/// A consumer of partitions assigned by hand, polled by a thread of its own until it is disposed of; both calls come
/// from that thread.
/// </summary>
sealed class PolledConsumer : IDisposable
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    readonly Action<ConsumeResult<Ignore, byte[]>> received;
    readonly Action<ConsumeException> failed;
    readonly CancellationTokenSource stopping = new();
    readonly Thread thread;

    public PolledConsumer(
        KafkaSettings settings,
        string clientId,
        string group,
        Action<ConsumeResult<Ignore, byte[]>> received,
        Action<ConsumeException> failed)
    {
        this.received = received;
        this.failed = failed;
        Client = new ConsumerBuilder<Ignore, byte[]>(settings.Consumer(clientId, group)).Build();
        Stopping = stopping.Token;
        thread = new Thread(Run) { IsBackground = true, Name = clientId };
        thread.Start();
    }

    /// <summary>To assign, pause and resume by, from any thread.</summary>
    public IConsumer<Ignore, byte[]> Client { get; }

    public CancellationToken Stopping { get; }

    public void Dispose()
    {
        stopping.Cancel();
        thread.Join();
        Client.Close();
        Client.Dispose();
        stopping.Dispose();
    }

    void Run()
    {
        while (!Stopping.IsCancellationRequested)
        {
            try
            {
                if (Client.Consume(Poll) is { IsPartitionEOF: false } result)
                {
                    received(result);
                }
            }
            catch (ConsumeException failure)
            {
                failed(failure);
            }
        }
    }
}
