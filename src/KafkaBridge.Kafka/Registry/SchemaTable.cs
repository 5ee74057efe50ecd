using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace KafkaBridge.Kafka.Registry;

/// <summary>
/// The schemas of the log, folded in its order: the first record of an id, and of a subject's version, stands; so every
/// reader of the log holds the same. Not safe for several threads.
/// </summary>
sealed class SchemaTable
{
    readonly Dictionary<int, string> schemas = [];
    readonly Dictionary<string, int> ids = []; // by schema without white space: the first id in the log
    readonly SortedDictionary<string, SortedDictionary<int, SchemaRecord>> subjects = new(StringComparer.Ordinal);
    int versions;

    public IReadOnlyList<string> Subjects => [.. subjects.Keys];

    /// <summary>Text that is equal for schemas that differ in white space alone.</summary>
    /// <exception cref="FormatException">Not JSON.</exception>
    public static string Compact(string schema)
    {
        try
        {
            using var json = JsonDocument.Parse(schema);
            return JsonSerializer.Serialize(json.RootElement, SchemaTableJson.Default.JsonElement);
        }
        catch (JsonException error)
        {
            throw new FormatException("the schema is not JSON: " + error.Message, error);
        }
    }

    /// <exception cref="FormatException">Its schema is not JSON; then nothing is changed.</exception>
    public void Add(SchemaRecord record)
    {
        var compact = Compact(record.Schema);
        if (schemas.TryGetValue(record.Id, out var known))
        {
            if (Compact(known) != compact)
            {
                return;
            }
        }
        else if (versions == Limits.SchemaVersions)
        {
            throw new InvalidOperationException($"the registry's log holds more than {Limits.SchemaVersions} schema versions.");
        }
        else
        {
            schemas.Add(record.Id, record.Schema);
            ids.TryAdd(compact, record.Id);
        }

        if (!subjects.TryGetValue(record.Subject, out var ofSubject))
        {
            subjects.Add(record.Subject, ofSubject = []);
        }

        if (ofSubject.TryAdd(record.Version, record))
        {
            versions++;
        }
        else if (record.Deleted)
        {
            ofSubject[record.Version] = ofSubject[record.Version] with { Deleted = true };
        }
    }

    public string? Schema(int id) => schemas.GetValueOrDefault(id);

    /// <summary>A schema's name in every registry: the first half of the SHA-256 of its text, which is as it was registered.</summary>
    public static Guid Guid(string schema) => new(SHA256.HashData(Encoding.UTF8.GetBytes(schema)).AsSpan(0, 16), bigEndian: true);

    public (int Id, string Schema)? Find(Guid guid) =>
        schemas.Where(schema => Guid(schema.Value) == guid).Select(schema => ((int, string)?)(schema.Key, schema.Value)).FirstOrDefault();

    /// <summary>The id of an equal schema, under whatever subject.</summary>
    public int? IdOf(string compact) => ids.TryGetValue(compact, out var id) ? id : null;

    public IReadOnlyList<SchemaRecord> Versions(string subject) =>
        subjects.TryGetValue(subject, out var ofSubject) ? [.. ofSubject.Values.Where(record => !record.Deleted)] : [];

    /// <summary>The subject's version that holds an equal schema, by its id.</summary>
    public SchemaRecord? Find(string subject, string compact) =>
        IdOf(compact) is { } id ? Versions(subject).FirstOrDefault(record => record.Id == id) : null;

    /// <summary>The next id of this residue: above every id of the residue in the log.</summary>
    public int NextId(int residue) => Next(schemas.Keys.Where(id => id % Limits.Nodes == residue), residue);

    /// <summary>
    /// The next version of this residue above every version of the subject, whoever wrote it, so that the latest is the
    /// greatest.
    /// </summary>
    public int NextVersion(string subject, int residue) =>
        Next(subjects.TryGetValue(subject, out var ofSubject) ? ofSubject.Keys : [], residue);

    static int Next(IEnumerable<int> taken, int residue)
    {
        var greatest = taken.DefaultIfEmpty(0).Max();
        var next = checked(greatest - (greatest % Limits.Nodes) + residue);
        return next > greatest ? next : checked(next + Limits.Nodes);
    }
}
