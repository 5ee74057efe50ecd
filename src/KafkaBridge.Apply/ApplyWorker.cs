using System.Collections.Concurrent;
using KafkaBridge.Apply.Applying;
using KafkaBridge.Apply.Reading;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Wire;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace KafkaBridge.Apply;

/// <summary>
/// Applies every other node's transactions, and this node's own deletes, to this node's database. It works in rounds: after
/// any failure session and readers are thrown away, and the next round goes on from the position rows.
/// </summary>
public sealed class ApplyWorker(
    ApplyOptions options, KafkaSettings kafka, TopicNames topics, ISchemaRegistry schemas, SelfProgress self, ILogger log)
{
    readonly ConcurrentDictionary<int, OriginStatus> origins = new();
    readonly Dictionary<int, StoppedOrigin> stopped = [];
    readonly ApplyCounters counters = new();
    readonly Cautions cautions = new();
    (int Origin, TransactionPosition At, int Times) race; // the last one, and how often in a row
    volatile ApplyRound? current;
    volatile string? retrying;
    volatile string? commitFailure; // the last one told
    long commitFailures;

    public ApplyStatus Status => new([.. origins.Values.OrderBy(origin => origin.Writer)], retrying, Interlocked.Read(ref commitFailures))
    {
        Errors = counters.Errors,
        Looked = current?.Looked ?? new Dictionary<int, TransactionPosition>(),
    };

    /// <summary>The application_name of the sessions that apply.</summary>
    public static string SessionName(string cluster, string node) => $"kafkabridge/{cluster}/{node}/apply";

    /// <summary>Runs until cancelled. An origin that can't be applied stops and says so in the status; the others go on.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var delay = Limits.RetryFirst;
        var isFirst = true;
        while (!ct.IsCancellationRequested)
        {
            var round = new ApplyRound(
                options, kafka, topics, schemas, self, stopped, cautions, isFirst, counters, Report, NotCommitted, log);
            current = round;
            var failure = await RunAsync(round, ct);
            if (failure is null)
            {
                return;
            }

            isFirst &= !round.Opened;
            delay = round.Progressed ? Limits.RetryFirst : TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, Limits.RetryMost.Ticks));
            if (!Note(round, failure))
            {
                await Task.Delay(delay, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <returns>What ended the round; null: it was cancelled.</returns>
    static async Task<Exception?> RunAsync(ApplyRound round, CancellationToken ct)
    {
        try
        {
            await round.RunAsync(ct);
            return null;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
        finally
        {
            await round.DisposeAsync();
        }
    }

    /// <returns>Whether one origin was stopped: the others go on at once.</returns>
    bool Note(ApplyRound round, Exception failure)
    {
        counters.Failed(failure);
        var sentence = FailurePolicy.Describe(failure);
        if (FailurePolicy.Decide(failure) == Verdict.Stop && round.Failed is { } lane && !IsTriedAgain(failure, lane))
        {
            if (failure is PostgresException && cautions.BeginOneByOne(lane.Node.Number, lane.InHand))
            {
                return true; // transactions of one tick were applied together: again, each by itself
            }

            var reason = new StoppedOrigin(sentence, lane.InHand, (failure as InputException)?.Foreign)
            {
                AwaitsDecision = failure is UndecidedConflictException,
            };
            stopped[lane.Node.Number] = reason;
            log.LogError("On {Node}: {Sentence}", options.Node, reason.Describe(lane.Node, lane.Held, options.Node));
            log.LogDebug(failure, "Origin {Origin} is stopped", lane.Node.Name);
            return true;
        }

        retrying = sentence;
        log.LogWarning("Applying to node {Node} is tried again: {Sentence}", options.Node, sentence);
        return false;
    }

    bool IsTriedAgain(Exception failure, Lane lane)
    {
        if (!FailurePolicy.MayBeRace(failure))
        {
            return false;
        }

        var (origin, at) = (lane.Node.Number, lane.Held.Position);
        race = (origin, at, race.Origin == origin && race.At == at ? race.Times + 1 : 1);
        return race.Times <= Limits.UniqueRaces;
    }

    /// <summary>Costs nothing but what lag tools show, so it is told once and counted.</summary>
    void NotCommitted(Confluent.Kafka.Error error)
    {
        Interlocked.Increment(ref commitFailures);
        if (commitFailure != error.Reason)
        {
            commitFailure = error.Reason;
            log.LogWarning(
                "Kafka does not take the offsets of group {Group}: {Reason}. Lag tools show old figures; nothing else depends on it",
                KafkaSettings.Group(options.Cluster, options.Node), error.Reason);
        }
    }

    void Report(OriginStatus status)
    {
        retrying = null;
        origins[status.Writer] = origins.TryGetValue(status.Writer, out var earlier) && earlier.CommitTime > status.CommitTime
            ? status with { CommitTime = earlier.CommitTime }
            : status;
    }
}
