using System.Net.Http.Headers;
using AutoTrader.LocalHost.Hosting;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Tests.Hosting;

/// <summary>Starts hosts with just the functions that a test is about.</summary>
internal static class HostTestSupport
{
    /// <summary>The first instant of most tests: a Thursday.</summary>
    public static readonly DateTimeOffset Start = new(2025, 1, 2, 14, 30, 0, TimeSpan.Zero);

    public static LocalHostOptions Options(params Type[] classes) =>
        LocalHostOptions.ForTest(Start, typeof(HostTestSupport).Assembly) with
        {
            Classes = [.. classes],
            Settings = Settings(),
        };

    public static Dictionary<string, string?> Settings(params (string Name, string Value)[] settings) =>
        settings.ToDictionary(setting => setting.Name, setting => (string?)setting.Value);

    public static Task<LocalFunctionsHost> StartAsync(
        LocalHostOptions options,
        Action<IFunctionsWorkerApplicationBuilder>? configure = null
    ) => LocalFunctionsHost.StartAsync(options, (_, worker) => configure?.Invoke(worker));

    public static Task<LocalFunctionsHost> StartAsync(params Type[] classes) => StartAsync(Options(classes));

    public static HttpClient Client(LocalFunctionsHost host) => new() { BaseAddress = host.Address };

    public static StringContent Json(string text) => new(text, MediaTypeHeaderValue.Parse("application/json"));
}

/// <summary>Keeps what was logged.</summary>
internal sealed class LogList : ILoggerProvider, ILogger
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        lock (_lines)
        {
            _lines.Add($"{logLevel}: {formatter(state, exception)}");
        }
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Dispose() { }
}

internal static class LogListExtensions
{
    public static void AddSingletonLogger(this Microsoft.Extensions.DependencyInjection.IServiceCollection services, LogList log) =>
        Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton<ILoggerProvider>(services, log);
}
