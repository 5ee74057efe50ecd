using System.Text.Json;
using KafkaBridge.Options;

namespace KafkaBridge.Commands;

/// <summary>What every command has: the configuration, where its output goes, and in which form.</summary>
internal sealed record CommandContext(BridgeOptions Options, TextWriter Output, TextWriter Error, bool Json, StandardErrorLog Log)
{
    static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public void WriteJson(object value) => Output.WriteLine(Options.Redaction.Apply(JsonSerializer.Serialize(value, Indented)));

    /// <summary>Columns aligned by blanks, the header in capitals.</summary>
    public void WriteTable(IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = header.Select((title, column) => rows.Select(row => row[column].Length).Append(title.Length).Max()).ToArray();
        foreach (var row in rows.Prepend([.. header.Select(title => title.ToUpperInvariant())]))
        {
            Output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }

    /// <summary>What is going on, on standard error: standard output is for data.</summary>
    public void Note(string sentence) => Error.WriteLine(Options.Redaction.Apply(sentence));
}
