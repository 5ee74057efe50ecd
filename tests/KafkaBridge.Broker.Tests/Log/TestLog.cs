using KafkaBridge.Broker.Log;
using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Storage;
using KafkaBridge.Broker.Topics;

namespace KafkaBridge.Broker.Tests.Log;

/// <summary>One partition's log in a folder of its own, to be closed, damaged and opened again.</summary>
sealed class TestLog : IDisposable
{
    readonly TestFolder folder;
    readonly DiskThreads disk = new(1);
    readonly LogSettings settings;
    readonly TimeProvider time;

    public TestLog(Dictionary<string, string>? settings = null, TimeProvider? time = null, TestFolder? folder = null)
    {
        this.folder = folder ?? new TestFolder();
        this.settings = TopicSettings.ToLog(settings ?? []);
        this.time = time ?? TimeProvider.System;
        Log = Open();
    }

    public PartitionLog Log { get; private set; }

    public BrokerFaults Faults { get; } = new();

    public List<string> Reports { get; } = [];

    public string Folder => folder.Path;

    public string LastFile => Directory.GetFiles(folder.Path, "*.log").Order().Last();

    public void Reopen(Action? meanwhile = null)
    {
        Log.Dispose();
        meanwhile?.Invoke();
        Log = Open();
    }

    public async Task<AppendResult> AppendAsync(byte[] batch)
    {
        var result = Log.Append(batch);
        if (result.Error == ErrorCode.None)
        {
            await Log.DurableAsync(result.DurableFrom);
        }

        return result;
    }

    /// <summary>Every batch's first offset and record count, as a reader sees them.</summary>
    public List<(long Offset, int Count)> ReadAll()
    {
        var all = new List<(long, int)>();
        var offset = Log.LogStart;
        while (offset < Log.HighWatermark && Log.Locate(offset, 1 << 20) is { } slice)
        {
            var buffer = new byte[slice.Bytes];
            slice.Read(0, buffer);
            for (var at = 0; at < buffer.Length;)
            {
                var batch = new RecordBatch(buffer.AsSpan(at));
                Assert.True(batch.IsIntact);
                all.Add((batch.BaseOffset, batch.RecordCount));
                offset = batch.LastOffset + 1;
                at += (int)batch.TotalBytes;
            }
        }

        return all;
    }

    public void Dispose()
    {
        Log.Dispose();
        disk.Dispose();
        folder.Dispose();
    }

    PartitionLog Open() => new(folder.Path, 0, settings, new LogGround(disk, Faults, FlushMode.BeforeAnswer, time, Reports.Add));
}
