using AutoTrader.Core.Ports;
using AutoTrader.Functions.Hosting;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.Storage.Lease;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AutoTrader.LocalHost.Replay;

/// <summary>The app as this host composes it: the same as on Azure, and in a replay with what only a virtual clock needs.</summary>
internal static class ReplayedApp
{
    /// <summary>Adds the app.</summary>
    /// <exception cref="InvalidOperationException">A setting is wrong, or a replay would reach a real market; the message says what to
    /// do.</exception>
    public static void Configure(IHostApplicationBuilder host, IFunctionsWorkerApplicationBuilder worker)
    {
        var isReplay = host.Services.Any(service => service.ServiceType == typeof(TimeProvider));
        if (isReplay)
        {
            RefuseRealMarket(host.Configuration);
        }

        host.Services.AddSingleton<IStorageGuard, StorageGuard>();
        Composition.AddAutoTrader(host, worker);
        if (host.Services.FirstOrDefault(service => service.ServiceType == typeof(IEngineLease))?.ImplementationFactory is not { } lease)
        {
            return;
        }

        if (!isReplay)
        {
            host.Services.AddSingleton<IEngineLease>(provider => new GuardedLease(
                (IEngineLease)lease(provider),
                provider.GetRequiredService<StorageSafety>()
            ));
        }
        else
        {
            host.Services.AddSingleton<IEngineLease>(provider =>
                lease(provider) is BlobEngineLease blob
                    ? new ReplayLease(blob)
                    : throw new InvalidOperationException("A replay needs the lease on a blob.")
            );
        }
    }

    // Yesterday's decisions must not become today's orders.
    private static void RefuseRealMarket(IConfiguration configuration)
    {
        if (IsAlpaca(configuration["AutoTrader:Broker"]) || IsAlpaca(configuration["AutoTrader:MarketData"]))
        {
            throw new InvalidOperationException(
                "A replay cannot use Alpaca: its clock is not the market's. Run with --real-time, or set AutoTrader__Broker to paper "
                    + "and AutoTrader__MarketData to csv."
            );
        }
    }

    private static bool IsAlpaca(string? setting) => setting?.Trim().StartsWith("alpaca", StringComparison.OrdinalIgnoreCase) == true;
}
