using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Wire;
using Microsoft.Extensions.Logging;

namespace KafkaBridge.Capture;

/// <summary>
/// One node's way from its WAL to Kafka. It runs sessions, one after the other: a lost connection ends one and begins
/// the next; what only a person can mend ends the worker with a sentence.
/// </summary>
public sealed class CaptureWorker(
    CaptureOptions options, KafkaSettings kafka, TopicNames topics, ISchemaRegistry registry, SelfProgress self, ILogger logger)
{
    readonly CaptureProgress progress = new();

    public CaptureStatus Status => progress.Status;

    /// <summary>Runs until it is cancelled (then it returns) or can't go on (then it throws).</summary>
    /// <exception cref="CaptureRefusedException">Going on would lose or repeat changes in silence.</exception>
    /// <exception cref="Postgres.SlotInUseException">Another process holds the slot and goes on holding it.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        var retry = new RetryDelay();
        while (true)
        {
            try
            {
                await using var session = new CaptureSession(options, kafka, topics, registry, self, progress, logger);
                await session.RunAsync(ct);
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                progress.State = CaptureState.Stopped;
                return;
            }
            catch (Exception error)
            {
                if (progress.TakeWasRunning())
                {
                    retry.Reset();
                }

                progress.LastError = error.Message;
                if (retry.Next(error) is not { } delay)
                {
                    progress.State = CaptureState.Failed;
                    throw;
                }

                progress.State = CaptureState.Reconnecting;
                CaptureLog.SessionEnded(logger, options.Node, delay, error);
                await Task.Delay(delay, ct)
                    .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }
}
