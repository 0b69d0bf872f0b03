using AutoTrader.Core.Application;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>Published backtests.</summary>
public sealed class BacktestFunctions(BacktestService service, Cursors cursors)
{
    private const string Name = "backtests";

    internal static ApiEndpoint List { get; } =
        new(nameof(ListBacktests), "get", "backtests", "Published backtests, ordered by id.")
        {
            Tag = "backtests",
            Query = typeof(PageQuery),
            Response = typeof(ListView<BacktestSummaryView>),
        };

    internal static ApiEndpoint Publish { get; } =
        new(
            nameof(PublishBacktest),
            "post",
            "backtests",
            "Publishes a backtest's figures and equity curve on the page, at most 100 backtests."
        )
        {
            Headers = [Header.Location],
            Tag = "backtests",
            Body = typeof(BacktestRequest),
            Response = typeof(BacktestView),
            Status = StatusCodes.Status201Created,
            Refusals = [409],
        };

    internal static ApiEndpoint Get { get; } =
        new(nameof(GetBacktest), "get", "backtests/{id}", "A published backtest with its equity curve.")
        {
            Tag = "backtests",
            Response = typeof(BacktestView),
            Refusals = [404],
        };

    internal static ApiEndpoint Delete { get; } =
        new(nameof(DeleteBacktest), "delete", "backtests/{id}", "Deletes a published backtest.")
        {
            Tag = "backtests",
            Status = StatusCodes.Status204NoContent,
            Refusals = [404],
        };

    /// <summary>Lists backtests.</summary>
    [Function(nameof(ListBacktests))]
    public async Task<IResult> ListBacktests([HttpTrigger(AuthorizationLevel.Function, "get", Route = "backtests")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, List);
        var page = await service.ListAsync(input.Limit, cursors.Read(Name, input.Cursor), input.Cancellation);
        return ApiResult.Of(
            ListView<BacktestSummaryView>.Of(page.Items.Select(BacktestSummaryView.OfBacktest), cursors.Write(Name, page.Continuation))
        );
    }

    /// <summary>Keeps a backtest.</summary>
    [Function(nameof(PublishBacktest))]
    public async Task<IResult> PublishBacktest([HttpTrigger(AuthorizationLevel.Function, "post", Route = "backtests")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Publish);
        var published = await service.PublishAsync(Read(input.Body<BacktestRequest>(), input.Caller), input.Caller, input.Cancellation);
        return ApiResult.Of(BacktestView.Of(published), StatusCodes.Status201Created).With("Location", "/api/backtests/" + published.Id);
    }

    /// <summary>One backtest.</summary>
    [Function(nameof(GetBacktest))]
    public async Task<IResult> GetBacktest(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "backtests/{id}")] HttpRequest request,
        string id
    )
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        return ApiResult.Of(BacktestView.Of(await service.GetAsync(id, input.Cancellation)));
    }

    /// <summary>Deletes a backtest.</summary>
    [Function(nameof(DeleteBacktest))]
    public async Task<IResult> DeleteBacktest(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = "backtests/{id}")] HttpRequest request,
        string id
    )
    {
        var input = await ApiRequest.ReadAsync(request, Delete);
        await service.DeleteAsync(id, input.Caller, input.Cancellation);
        return ApiResult.Empty();
    }

    private static PublishedBacktest Read(BacktestRequest body, string caller)
    {
        var problems = new List<FieldProblem>();
        var backtest = new PublishedBacktest
        {
            Id = body.Id,
            StrategyType = body.StrategyType,
            Symbol = body.Symbol,
            StartDate = body.StartDate,
            EndDate = body.EndDate,
            CreatedAt = body.CreatedAt,
            InitialCapital = body.InitialCapital,
            TotalReturn = body.TotalReturn,
            TotalReturnPct = body.TotalReturnPct,
            BuyAndHoldPct = body.BuyAndHoldPct,
            TotalTrades = body.TotalTrades,
            WinRate = body.WinRate,
            ProfitFactor = body.ProfitFactor,
            MaxDrawdownPct = body.MaxDrawdownPct,
            SharpeRatio = body.SharpeRatio,
            Fees = body.Fees,
            EquityCurve = [.. body.EquityCurve.Select(point => new BacktestPoint(point.At, point.Equity))],
            Warnings = body.Warnings,
            Command = body.Command,
            PublishedBy = caller,
        };
        if (backtest.EndDate < backtest.StartDate)
        {
            problems.Add(new("end_date", FieldProblem.Contradiction, "end_date must not be before start_date."));
        }

        if (!PublishedBacktest.IsId(backtest.Id))
        {
            problems.Add(new("id", FieldProblem.Malformed, "id has letters, digits, - and _ only."));
        }

        if (backtest.EquityCurve.Zip(backtest.EquityCurve.Skip(1)).Any(it => it.First.At >= it.Second.At))
        {
            problems.Add(
                new("equity_curve", FieldProblem.Contradiction, "equity_curve must be in chronological order, each instant once.")
            );
        }

        return problems.Count == 0
            ? backtest
            : throw new RefusedException(Refusal.Invalid, "VALIDATION_ERROR", string.Join(' ', problems.Select(it => it.Message)))
            {
                Fields = problems,
            };
    }
}
