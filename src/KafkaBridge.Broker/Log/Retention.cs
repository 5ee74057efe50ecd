namespace KafkaBridge.Broker.Log;

/// <summary>Which segments a topic's retention no longer keeps. Pure.</summary>
static class Retention
{
    /// <summary>So many of the first ones; all of them only when even the last is past its time.</summary>
    public static int SegmentsToDelete(IReadOnlyList<LogSegment> segments, LogSettings settings, long now)
    {
        var count = 0;
        if (settings.RetentionMs >= 0)
        {
            while (count < segments.Count && segments[count].Size > 0 && now - segments[count].MaxTimestamp > settings.RetentionMs)
            {
                count++;
            }
        }

        if (settings.RetentionBytes >= 0)
        {
            var excess = segments.Skip(count).Sum(segment => segment.Size) - settings.RetentionBytes;
            while (count < segments.Count - 1 && excess - segments[count].Size >= 0)
            {
                excess -= segments[count].Size;
                count++;
            }
        }

        return count;
    }
}
