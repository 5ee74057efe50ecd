using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KafkaBridge.Kafka.Registry;

/// <summary>
/// A registry that speaks Confluent's REST interface. What it once answered is kept for ever, since ids never change their
/// schema. A subject that isn't there yet gets compatibility NONE: the database decides what is compatible, not the registry.
/// </summary>
public sealed class HttpSchemaRegistry : ISchemaRegistry
{
    readonly HttpClient http;
    readonly Uri url;
    readonly ConcurrentDictionary<(string Subject, string Schema), int> registered = new();
    readonly ConcurrentDictionary<int, string> found = new();

    /// <param name="url">May have a path; its user info counts where <paramref name="userInfo"/> is null.</param>
    /// <param name="userInfo"><c>name:password</c> for basic authentication, not percent-encoded.</param>
    public HttpSchemaRegistry(Uri url, string? userInfo)
    {
        var credentials = userInfo ?? (url.UserInfo.Length > 0 ? Uri.UnescapeDataString(url.UserInfo) : null);
        this.url = new Uri(url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/') + "/");
        http = new HttpClient { Timeout = Limits.HttpTimeout };
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue(RegistryAnswer.MediaType));
        if (credentials is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
        }
    }

    public ValueTask<int> RegisterAsync(string subject, string schema, CancellationToken ct) =>
        registered.TryGetValue((subject, schema), out var id)
            ? ValueTask.FromResult(id)
            : new ValueTask<int>(RegisterNewAsync(subject, schema, ct));

    public ValueTask<string> GetAsync(int id, CancellationToken ct) =>
        found.TryGetValue(id, out var schema) ? ValueTask.FromResult(schema) : new ValueTask<string>(FindAsync(id, ct));

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    async Task<int> RegisterNewAsync(string subject, string schema, CancellationToken ct)
    {
        var path = $"subjects/{Uri.EscapeDataString(subject)}";
        var body = new JsonObject { ["schema"] = schema };
        int id;
        try
        {
            id = Integer(await CallAsync(HttpMethod.Post, path, body, ct), "id");
        }
        catch (SchemaRegistryException error)
            when (error.Code is SchemaRegistryException.SubjectNotFound or SchemaRegistryException.SchemaNotFound)
        {
            if (error.Code == SchemaRegistryException.SubjectNotFound)
            {
                await AllowAnyChangeAsync(subject, ct);
            }

            id = Integer(await SubmitAsync(subject, body, ct), "id");
        }

        registered[(subject, schema)] = id;
        return id;
    }

    async Task<JsonObject> SubmitAsync(string subject, JsonObject body, CancellationToken ct)
    {
        var path = $"subjects/{Uri.EscapeDataString(subject)}/versions";
        try
        {
            return await CallAsync(HttpMethod.Post, path, body, ct);
        }
        catch (SchemaRegistryException error) when (error.Code is 409 or (>= 40900 and < 41000))
        {
            var verdict = await CallAsync(
                HttpMethod.Post, $"compatibility/subjects/{Uri.EscapeDataString(subject)}/versions/latest?verbose=true", body, ct);
            throw new SchemaRegistryException(
                error.Code,
                $"{error.Message} Its reasons: {verdict["messages"]?.ToJsonString() ?? "none given"}. "
                + $"The table has changed already: allow it with PUT /config/{subject} {{\"compatibility\":\"NONE\"}}.",
                error);
        }
    }

    // A registry that doesn't let us set the level keeps its own: then it may refuse a version later, in its own words.
    async Task AllowAnyChangeAsync(string subject, CancellationToken ct)
    {
        try
        {
            await CallAsync(HttpMethod.Put, $"config/{Uri.EscapeDataString(subject)}", new JsonObject { ["compatibility"] = "NONE" }, ct);
        }
        catch (SchemaRegistryException error) when (error.Code is not 0 and not 401 and not (>= 40100 and < 40200))
        {
        }
    }

    async Task<string> FindAsync(int id, CancellationToken ct)
    {
        var answer = await CallAsync(HttpMethod.Get, $"schemas/ids/{id}", null, ct);
        return found.GetOrAdd(id, (string?)answer["schema"] ?? throw Malformed($"schemas/ids/{id}"));
    }

    async Task<JsonObject> CallAsync(HttpMethod method, string path, JsonObject? body, CancellationToken ct)
    {
        var backoff = Limits.HttpBackoff;
        for (var attempt = 1; ; attempt++)
        {
            var (answer, failure) = await TryAsync(method, path, body, ct);
            if (answer is not null)
            {
                return answer;
            }

            if (attempt == Limits.HttpAttempts)
            {
                throw new SchemaRegistryException(0, $"{failure!.Message} Given up after {attempt} attempts.", failure);
            }

            await Task.Delay(backoff * (0.5 + Random.Shared.NextDouble()), ct);
            backoff = backoff * 2 < Limits.HttpBackoffMax ? backoff * 2 : Limits.HttpBackoffMax;
        }
    }

    /// <summary>The answer, or a failure that may pass; one that won't is thrown.</summary>
    async Task<(JsonObject? Answer, Exception? Failure)> TryAsync(HttpMethod method, string path, JsonObject? body, CancellationToken ct)
    {
        var where = $"{method} {url}{path}";
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(url, path));
            request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, RegistryAnswer.MediaType);
            using var response = await http.SendAsync(request, ct);
            var text = await response.Content.ReadAsStringAsync(ct);
            if (response.IsSuccessStatusCode)
            {
                return (Parse(text) ?? throw Malformed(path), null);
            }

            var refusal = Refusal(where, response.StatusCode, Parse(text));
            return (int)response.StatusCode >= 500 || response.StatusCode == HttpStatusCode.TooManyRequests
                ? (null, refusal)
                : throw refusal;
        }
        catch (Exception error) when (error is HttpRequestException || (error is TaskCanceledException && !ct.IsCancellationRequested))
        {
            return (null, new SchemaRegistryException(0, $"{where}: the schema registry does not answer: "
                + $"{error.Message.TrimEnd('.')}.", error));
        }
    }

    SchemaRegistryException Refusal(string where, HttpStatusCode status, JsonObject? body)
    {
        var code = (int?)body?["error_code"] ?? (int)status * 100;
        var reason = (string?)body?["message"] ?? status.ToString();
        return new SchemaRegistryException(code, $"{where}: {reason.TrimEnd('.')} (HTTP {(int)status}, code {code}).");
    }

    SchemaRegistryException Malformed(string path) =>
        new(0, $"{url}{path} answered something that is no schema registry's answer: is the address right?");

    int Integer(JsonObject answer, string name) => (int?)answer[name] ?? throw Malformed("");

    static JsonObject? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
