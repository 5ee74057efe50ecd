using System.IO.Compression;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Log;

/// <summary>The records of a batch, uncompressed, where this broker can do that: without codec, or gzip.</summary>
static class BatchRecords
{
    const int None = 0;
    const int Gzip = 1;

    /// <summary>Null: another codec, not gzip after all, or more than <see cref="BrokerLimits.InflatedBytes"/>.</summary>
    public static byte[]? Inflate(RecordBatch batch)
    {
        if (batch.Codec == None)
        {
            return batch.Records.ToArray();
        }

        if (batch.Codec != Gzip)
        {
            return null;
        }

        try
        {
            using var inflated = new MemoryStream();
            using var gzip = new GZipStream(new MemoryStream(batch.Records.ToArray()), CompressionMode.Decompress);
            Span<byte> part = stackalloc byte[8192];
            int read;
            while ((read = gzip.Read(part)) > 0)
            {
                if (inflated.Length + read > BrokerLimits.InflatedBytes)
                {
                    return null;
                }

                inflated.Write(part[..read]);
            }

            return inflated.ToArray();
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
