using AutoTrader.Brokers.Market;
using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AutoTrader.Brokers;

/// <summary>Registers brokers and market data.</summary>
public static class BrokerRegistration
{
    /// <summary>The paper broker as the <see cref="IBroker"/>, with the settings of section <see cref="PaperOptions.Section"/>. Needs an
    /// <see cref="IPaperStore"/>, an <see cref="IMarketData"/> and a <see cref="TimeProvider"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The whole configuration.</param>
    public static IServiceCollection AddPaperBroker(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<PaperOptions>().Bind(configuration.GetSection(PaperOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PaperOptions>>(
            new Validation<PaperOptions>(PaperOptions.Section, options => options.Problem())
        );
        services.AddSingleton<IBroker>(provider => new PaperBroker(
            provider.GetRequiredService<IPaperStore>(),
            provider.GetRequiredService<IMarketData>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IOptions<PaperOptions>>().Value,
            provider.GetRequiredService<ILogger<PaperBroker>>()
        ));
        return services;
    }

    /// <summary>Market data from CSV files as the <see cref="IMarketData"/> and <see cref="IMarketMovers"/>, with the settings of section
    /// <see cref="CsvMarketOptions.Section"/>. Needs a <see cref="TimeProvider"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The whole configuration.</param>
    public static IServiceCollection AddCsvMarketData(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<CsvMarketOptions>().Bind(configuration.GetSection(CsvMarketOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<CsvMarketOptions>>(
            new Validation<CsvMarketOptions>(CsvMarketOptions.Section, options => options.Problem())
        );
        services.AddSingleton(provider => new CsvMarketData(
            provider.GetRequiredService<IOptions<CsvMarketOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<CsvMarketData>>()
        ));
        services.AddSingleton<IMarketData>(provider => provider.GetRequiredService<CsvMarketData>());
        services.AddSingleton<IMarketMovers>(provider => new FileMovers(
            provider.GetRequiredService<CsvMarketData>(),
            provider.GetRequiredService<IOptions<CsvMarketOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()
        ));
        return services;
    }

    private sealed class Validation<T>(string section, Func<T, string?> problem) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options) =>
            problem(options) is { } found ? ValidateOptionsResult.Fail($"{section}: {found}") : ValidateOptionsResult.Success;
    }
}
