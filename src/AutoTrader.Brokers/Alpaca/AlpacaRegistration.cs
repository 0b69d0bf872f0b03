using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>Registers the Alpaca broker and Alpaca's market data.</summary>
public static class AlpacaRegistration
{
    private const int ReadRetries = 3;
    private const int FailuresUntilBreak = 10;
    private static readonly TimeSpan BreakFor = TimeSpan.FromSeconds(10);

    /// <summary>The Alpaca broker as the <see cref="IBroker"/>; its account is read when the host starts.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The whole configuration.</param>
    /// <param name="live">Whether the broker setting says live; anything less than all of live trading's settings is paper.</param>
    /// <exception cref="InvalidOperationException">A setting is wrong; the message says which and what to do.</exception>
    public static IServiceCollection AddAlpacaBroker(this IServiceCollection services, IConfiguration configuration, bool live)
    {
        AddClients(services, configuration, live);
        services.AddSingleton(provider => new AlpacaBroker(
            new(provider.GetRequiredService<IHttpClientFactory>(), AlpacaClient.Trading),
            provider.GetRequiredService<AlpacaVenue>(),
            provider.GetRequiredService<AlpacaOptions>(),
            provider.GetRequiredService<RateLimiter>(),
            provider.GetRequiredService<ILogger<AlpacaBroker>>()
        ));
        services.AddSingleton<IBroker>(provider => provider.GetRequiredService<AlpacaBroker>());
        services.AddHostedService<AlpacaStart>();
        return services;
    }

    /// <summary>Alpaca's market data as the <see cref="IMarketData"/> and <see cref="IMarketMovers"/>. Needs a
    /// <see cref="TimeProvider"/>. Beside the Alpaca broker it uses the same key and the same rate limit.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The whole configuration.</param>
    /// <exception cref="InvalidOperationException">A setting is wrong; the message says which and what to do.</exception>
    public static IServiceCollection AddAlpacaMarketData(this IServiceCollection services, IConfiguration configuration)
    {
        AddClients(services, configuration, live: false);
        services.AddSingleton(provider => new AlpacaMarketData(
            new(provider.GetRequiredService<IHttpClientFactory>(), AlpacaClient.Data),
            provider.GetRequiredService<AlpacaOptions>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AlpacaMarketData>>()
        ));
        services.AddSingleton<IMarketData>(provider => provider.GetRequiredService<AlpacaMarketData>());
        services.AddSingleton<IMarketMovers>(provider => new AlpacaMovers(
            new(provider.GetRequiredService<IHttpClientFactory>(), AlpacaClient.Data)
        ));
        return services;
    }

    private static void AddClients(IServiceCollection services, IConfiguration configuration, bool live)
    {
        if (services.Any(service => service.ServiceType == typeof(AlpacaVenue)))
        {
            return;
        }

        var options = AlpacaOptions.Read(configuration);
        if (options.Problem() is { } problem)
        {
            throw new InvalidOperationException($"{AlpacaOptions.Section}: {problem}");
        }

        var venue = AlpacaVenue.Choose(live, options, configuration);
        services.AddSingleton(options);
        services.AddSingleton(venue);
        services.TryAddSingleton(new RateLimiter(options));
        AddClient(services, AlpacaClient.Trading, venue.Trading, options);
        AddClient(services, AlpacaClient.Data, venue.Data, options);
    }

    private static void AddClient(IServiceCollection services, string name, Uri host, AlpacaOptions options)
    {
        var client = services.AddHttpClient(name, http =>
        {
            http.BaseAddress = host;
            http.Timeout = Timeout.InfiniteTimeSpan; // each attempt has its own
            http.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        });
        // A request carries the key in its headers, and an id in its address: neither is for a log.
        client.RemoveAllLoggers();
        client.ConfigurePrimaryHttpMessageHandler(() =>
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectTimeout = options.RequestTimeout,
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            }
        );
        client.AddResilienceHandler("alpaca", pipeline => AddResilience(pipeline, options));
        client.AddHttpMessageHandler(provider => new AlpacaHandler(
            provider.GetRequiredService<RateLimiter>(),
            provider.GetRequiredService<AlpacaVenue>(),
            options.RequestTimeout
        ));
    }

    // Infrastructure time: always the wall clock.
    private static void AddResilience(ResiliencePipelineBuilder<HttpResponseMessage> pipeline, AlpacaOptions options)
    {
        pipeline.TimeProvider = TimeProvider.System;
        var retry = new HttpRetryStrategyOptions
        {
            MaxRetryAttempts = ReadRetries,
            Delay = options.RetryDelay,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            // The pace waits for it, on behalf of every request of the account.
            ShouldRetryAfterHeader = false,
            ShouldHandle = static args => ValueTask.FromResult(IsPassing(args.Outcome)),
        };
        // A repeated request may take effect twice: only reads are retried.
        retry.DisableForUnsafeHttpMethods();
        pipeline.AddRetry(retry);
        pipeline.AddCircuitBreaker(
            new CircuitBreakerStrategyOptions<HttpResponseMessage>
            {
                FailureRatio = 0.9,
                MinimumThroughput = FailuresUntilBreak,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = BreakFor,
                // A rate limit is no fault of the broker's.
                ShouldHandle = static args =>
                    ValueTask.FromResult(
                        IsPassing(args.Outcome) && args.Outcome.Result?.StatusCode != System.Net.HttpStatusCode.TooManyRequests
                    ),
            }
        );
    }

    private static bool IsPassing(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is { } failure
            ? AlpacaClient.IsSilence(failure) && failure is not BrokenCircuitException
            : outcome.Result is { } response && AlpacaClient.IsPassing(response.StatusCode);
}
