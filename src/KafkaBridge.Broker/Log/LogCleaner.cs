namespace KafkaBridge.Broker.Log;

/// <summary>
/// Looks at every log from time to time: retention deletes segments, compaction rewrites them; and at the committed offsets.
/// </summary>
sealed class LogCleaner(BrokerState state)
{
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(state.Options.CleaningInterval, state.Options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                await Task.Run(() => CleanAll(stopping), stopping);
                await ExpireOffsetsAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // the broker stops
        }
    }

    async Task ExpireOffsetsAsync()
    {
        try
        {
            await state.Groups.ExpireOffsetsAsync();
        }
        catch (IOException exception)
        {
            state.Options.Report($"offsets past their time could not be forgotten: {exception.Message}");
        }
    }

    void CleanAll(CancellationToken stopping)
    {
        foreach (var log in state.Topics.All.SelectMany(topic => topic.Partitions))
        {
            stopping.ThrowIfCancellationRequested();
            try
            {
                log.Retain();
                Compact(log);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException && !log.IsStopped)
            {
                state.Options.Report($"{log.Folder}: cleaning failed: {exception.Message}");
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                // its topic was deleted
            }
        }
    }

    // Only when enough is new: reading it all again is the price of each run.
    void Compact(PartitionLog log)
    {
        if (!log.Settings.IsCompacted)
        {
            return;
        }

        log.RollIfOlderThan(log.Settings.SegmentMs);
        if (log.DirtyRatio >= log.Settings.MinDirtyRatio)
        {
            var saved = new LogCompaction(log, state.Options.Time.GetUtcNow().ToUnixTimeMilliseconds()).Run();
            log.Compacted();
            if (saved > 0)
            {
                state.Options.Report($"{log.Folder}: compaction took out {saved} bytes");
            }
        }
    }
}
