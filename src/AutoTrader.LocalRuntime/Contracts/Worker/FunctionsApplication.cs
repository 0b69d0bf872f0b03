using AutoTrader.LocalRuntime.Hosting;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;

namespace Microsoft.Azure.Functions.Worker.Builder
{
    public class FunctionsApplication
    {
        public static FunctionsApplicationBuilder CreateBuilder(string[] args) => new(LocalRuntimeOptions.ForProcess(args));
    }

    public class FunctionsApplicationBuilder : IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder
    {
        private readonly LocalRuntimeBuilder _runtime;

        internal FunctionsApplicationBuilder(LocalRuntimeOptions options) => _runtime = new LocalRuntimeBuilder(options);

        public IDictionary<object, object> Properties => ((IHostApplicationBuilder)_runtime.Host).Properties;

        public ConfigurationManager Configuration => _runtime.Host.Configuration;

        IConfigurationManager IHostApplicationBuilder.Configuration => Configuration;

        public IHostEnvironment Environment => _runtime.Host.Environment;

        public ILoggingBuilder Logging => _runtime.Host.Logging;

        public IMetricsBuilder Metrics => _runtime.Host.Metrics;

        public IServiceCollection Services => _runtime.Host.Services;

        public IHost Build() => _runtime.Build();

        public void ConfigureContainer<TContainerBuilder>(IServiceProviderFactory<TContainerBuilder> factory, Action<TContainerBuilder>? configure = null)
            where TContainerBuilder : notnull =>
            _runtime.Host.ConfigureContainer(factory, configure);

        public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
        {
            ArgumentNullException.ThrowIfNull(middleware);
            _runtime.Middleware.Add(middleware);
            return this;
        }

        internal void UseWebApplication() => _runtime.IsWebApplication = true;
    }

    public static class FunctionsApplicationBuilderAspNetCoreExtensions
    {
        public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder)
        {
            ArgumentNullException.ThrowIfNull(builder);
            builder.UseWebApplication();
            return builder;
        }
    }
}

namespace Microsoft.Azure.Functions.Worker.OpenTelemetry
{
    public static class ConfigureFunctionsOpenTelemetry
    {
        public static IOpenTelemetryBuilder UseFunctionsWorkerDefaults(this IOpenTelemetryBuilder builder)
        {
            ArgumentNullException.ThrowIfNull(builder);
            return builder.WithTracing(tracing => tracing.AddSource(AutoTrader.LocalRuntime.Functions.FunctionInvoker.ActivitySourceName));
        }
    }
}
