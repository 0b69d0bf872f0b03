using AutoTrader.Brokers.Market;
using AutoTrader.Core.Application;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Http;

/// <summary>Turns what HTTP functions throw into problem details. Around HTTP functions only: middleware around orchestrators breaks
/// them.</summary>
internal sealed partial class ErrorMiddleware(ILogger<ErrorMiddleware> log) : IFunctionsWorkerMiddleware
{
    public static bool IsHttp(FunctionContext context) =>
        context.FunctionDefinition.InputBindings.Values.Any(binding => binding.Type == "httpTrigger");

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception failure)
        {
            if (context.GetHttpContext() is not { Response.HasStarted: false } http)
            {
                throw;
            }

            if (failure is OperationCanceledException && http.RequestAborted.IsCancellationRequested)
            {
                // The client has disconnected.
                http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
                return;
            }

            await ResponseTo(failure, context).ExecuteAsync(http);
        }
    }

    private ApiResult ResponseTo(Exception failure, FunctionContext context)
    {
        switch (failure)
        {
            case RefusedException refused:
                return Problem.Of(refused);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return Problem.Of(new(Refusal.TooLarge, "BODY_TOO_LARGE", "The body is larger than 1 MiB."));
            case BadHttpRequestException:
                return Problem.Of(new(Refusal.Invalid, "BAD_REQUEST", "The request could not be read to its end."));
            case UnreadableRowException unreadable:
                LogUnavailable(log, context.FunctionDefinition.Name, failure);
                return Problem.Of(
                    new(
                        Refusal.Conflict,
                        "UNREADABLE",
                        unreadable.Message + " GET /api/attention lists it by its key; deleting it there loses its content."
                    )
                );
            case StorageUnavailableException:
                LogUnavailable(log, context.FunctionDefinition.Name, failure);
                return Problem.Of(
                    new(
                        Refusal.Unavailable,
                        "STORAGE_UNAVAILABLE",
                        "Storage cannot be reached, and no decisions are made until it can. Try again in a few seconds."
                    )
                );
            case MarketFileException broken:
                LogUnavailable(log, context.FunctionDefinition.Name, failure);
                return Problem.Of(new(Refusal.Unavailable, "BROKER_FETCH_FAILED", $"The market data cannot be used: {broken.Message}."));
            case BrokerRefusedException or HttpRequestException or IOException or TimeoutException or OperationCanceledException:
                LogUnavailable(log, context.FunctionDefinition.Name, failure);
                return Problem.Of(
                    new(
                        Refusal.Unavailable,
                        "BROKER_FETCH_FAILED",
                        "The broker or the market data cannot be reached. Try again in a few seconds."
                    )
                );
            default:
                LogUnexpected(log, context.FunctionDefinition.Name, context.InvocationId, failure);
                return Problem.Unexpected(context.InvocationId);
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "'{Function}' failed because a dependency is unavailable")]
    private static partial void LogUnavailable(ILogger logger, string function, Exception failure);

    [LoggerMessage(2002, LogLevel.Error, "'{Function}' failed as {InvocationId}")]
    private static partial void LogUnexpected(ILogger logger, string function, string invocationId, Exception failure);
}
