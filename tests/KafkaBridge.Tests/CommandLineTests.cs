using KafkaBridge.Changes;
using KafkaBridge.Commands;
using KafkaBridge.Options;

namespace KafkaBridge.Tests;

public sealed class CommandLineTests
{
    static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var code = await CommandTree.RunAsync(args, output, error, CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("run", "--bogus")]
    [InlineData("status", "-o", "xml")]
    [InlineData("wait")]
    [InlineData("status", "-c", "/no/such/file.yaml")]
    public async Task A_wrong_command_line_ends_with_2(params string[] args)
    {
        var (code, _, error) = await RunAsync(args);
        Assert.Equal(ExitCode.Usage, code);
        Assert.StartsWith("error KB1", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_lists_the_exit_codes()
    {
        var (code, output, _) = await RunAsync("--help");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("7 differences found", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_json_on_request()
    {
        var (code, output, _) = await RunAsync("version", "--json");
        Assert.Equal(ExitCode.Ok, code);
        Assert.StartsWith("{\"schemaVersion\":1,", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("public", "orders")]
    [InlineData("a.b", "c\".\"d")]
    [InlineData("\"", "\"\"")]
    public void A_published_table_name_reads_back(string schema, string table)
    {
        var name = new RelationName(schema, table);
        Assert.Equal(name, TableName.Parse(TableName.Text(name)));
    }

    [Fact]
    public void An_error_names_place_cause_and_next_step_without_secrets()
    {
        var stopped = new StoppedException(ExitCode.Precondition, "KB1099", "it failed", "node eu", "password=hunter22", "type this");
        var report = ErrorReport.Of(stopped);
        Assert.Equal(ExitCode.Precondition, report.ExitCode);
        Assert.Equal(
            "error KB1099: it failed\n  where: node eu\n  why: password=********\n  try: type this", report.ToText(Redaction.None));
    }
}
