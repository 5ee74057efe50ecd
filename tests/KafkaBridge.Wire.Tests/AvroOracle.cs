using System.Diagnostics;
using System.Text.Json.Nodes;

namespace KafkaBridge.Wire.Tests;

/// <summary>Apache Avro's own implementation, where <c>shared/avro</c> beside the repository has it.</summary>
public sealed class AvroOracle : IDisposable
{
    static readonly Lazy<string?> Path = new(Find);

    readonly Process process = Process.Start(new ProcessStartInfo(Path.Value!)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    public static bool IsHere => Path.Value is not null;

    public JsonObject Ask(JsonObject request)
    {
        lock (process)
        {
            process.StandardInput.WriteLine(request.ToJsonString());
            process.StandardInput.Flush();
            var answer = JsonNode.Parse(process.StandardOutput.ReadLine()!)!.AsObject();
            Assert.False(answer.ContainsKey("error"), answer["error"]?.ToString());
            return answer;
        }
    }

    /// <summary>What the bytes say, as Avro's JSON; all of them must be read.</summary>
    public string Decode(string schema, ReadOnlySpan<byte> data)
    {
        var answer = Ask(new JsonObject { ["op"] = "decode", ["schema"] = schema, ["data"] = Convert.ToBase64String(data) });
        Assert.Equal(0, answer["unread"]!.GetValue<int>());
        return answer["json"]!.GetValue<string>();
    }

    public byte[] Encode(string schema, string json) =>
        Convert.FromBase64String(
            Ask(new JsonObject { ["op"] = "encode", ["schema"] = schema, ["json"] = json })["data"]!.GetValue<string>());

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var oracle = System.IO.Path.Combine(folder.FullName, "shared", "avro", "avro-oracle");
            if (File.Exists(oracle))
            {
                return oracle;
            }
        }

        return null;
    }
}
