using System.Text.Json;
using KafkaBridge.Options;
using Microsoft.Extensions.Logging;

namespace KafkaBridge;

/// <summary>The log: one line an entry on standard error, as text or JSON, without secrets.</summary>
internal sealed class StandardErrorLog(
    bool json, LogLevel least, Redaction redaction, TextWriter output, TimeProvider time) : ILoggerProvider, ILoggerFactory
{
    readonly Lock writing = new();

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("There is one log.");

    public void Dispose()
    {
    }

    void Write(string category, LogLevel level, string message, Exception? exception)
    {
        var at = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var error = exception is null ? null : redaction.Apply($"{exception.GetType().Name}: {exception.Message}");
        var text = redaction.Apply(message);
        var line = json
            ? JsonSerializer.Serialize(new { time = at, level = Name(level), category, message = text, error })
            : $"{at} {Name(level),-5} {text}{(error is null ? "" : " | " + error)}";
        lock (writing)
        {
            output.WriteLine(line);
        }
    }

    static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };

    sealed class Category(StandardErrorLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= log.Least;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log.Write(name, logLevel, formatter(state, exception), exception);
            }
        }
    }

    LogLevel Least => least;
}
