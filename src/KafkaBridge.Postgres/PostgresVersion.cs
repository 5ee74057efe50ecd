using System.Globalization;
using Npgsql;

namespace KafkaBridge.Postgres;

/// <summary>A server's version as server_version_num gives it (150013 = 15.13), and all that depends on it.</summary>
public readonly record struct PostgresVersion(int Number)
{
    public const int OldestMajor = 14;
    public const int NewestMajor = 18;

    public int Major => Number / 10000;

    public int Minor => Number % 10000;

    public bool IsSupported => Major is >= OldestMajor and <= NewestMajor;

    /// <summary>Logical decoding of this minor release loses changes when DDL runs beside them (fixed April 2025).</summary>
    public bool LosesChanges => Major switch
    {
        14 => Minor < 18,
        15 => Minor < 13,
        16 => Minor < 9,
        17 => Minor < 5,
        _ => false,
    };

    /// <summary>A slot can be kept in step on a standby (pg_create_logical_replication_slot has the argument failover).</summary>
    public bool HasFailoverSlots => Major >= 17;

    /// <summary>pgoutput knows the option origin.</summary>
    public bool HasOriginOption => Major >= 16;

    /// <summary>Publications may send generated columns.</summary>
    public bool PublishesGeneratedColumns => Major >= 18;

    /// <summary>The setting that bounds the number of replication origins in use.</summary>
    public string OriginLimitSetting => Major >= 18 ? "max_active_replication_origins" : "max_replication_slots";

    public static async Task<PostgresVersion> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SHOW server_version_num", connection);
        var text = (string)(await command.ExecuteScalarAsync(ct))!;
        return new PostgresVersion(int.Parse(text, CultureInfo.InvariantCulture));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}
