using System.Globalization;
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
    private const int MaxInstant = 40;

    internal static ApiEndpoint List { get; } =
        new ApiEndpoint(nameof(ListBacktests), "get", "backtests", "Published backtests, ordered by id.")
        {
            Tag = "backtests",
            Response = typeof(ListView<BacktestSummaryView>),
        }.Paged();

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
            Body =
            [
                Field.Text("id", "The id of the kept backtest: letters, digits, - and _.", PublishedBacktest.MaxId) with
                {
                    Required = true,
                },
                Field.Text("strategy_type", "The strategy type; portfolio for several strategies.", 40) with
                {
                    Required = true,
                },
                Field.Text("symbol", "The symbol, or several separated by commas.", 2000) with
                {
                    Required = true,
                },
                Field.Text("start_date", "The first simulated day: 2026-02-02.", 10) with
                {
                    Required = true,
                },
                Field.Text("end_date", "The last simulated day: 2026-02-13.", 10) with
                {
                    Required = true,
                },
                Field.Text("created_at", "When it was run: an instant with offset or Z.", MaxInstant) with
                {
                    Required = true,
                },
                Field.Number("initial_capital", "The initial cash in dollars.") with
                {
                    Required = true,
                    Min = 0,
                },
                Field.Number("total_return", "The last equity less the initial capital, in dollars.") with
                {
                    Required = true,
                },
                Optional("total_return_pct", "The same in percent."),
                Optional("buy_and_hold_pct", "The buy-and-hold return of its symbols in percent."),
                Field.Whole("total_trades", "Closed trades.", 0, int.MaxValue) with
                {
                    Required = true,
                },
                Optional("win_rate", "Profitable trades in percent of all trades.") with
                {
                    Min = 0,
                },
                Optional("profit_factor", "Gross profit over gross loss.") with
                {
                    Min = 0,
                },
                Field.Number("max_drawdown_pct", "The greatest drawdown in percent of the preceding peak.") with
                {
                    Required = true,
                    Min = 0,
                },
                Optional("sharpe_ratio", "The Sharpe ratio, annualized."),
                Field.Number("fees", "Fees in dollars.") with
                {
                    Required = true,
                    Min = 0,
                },
                Field.List(
                    "equity_curve",
                    "The account at the close of sessions, oldest first.",
                    BacktestService.MostPoints,
                    Field.Text("at", "When: an instant with offset or Z.", MaxInstant) with
                    {
                        Required = true,
                    },
                    Field.Number("equity", "Cash and positions, in dollars.") with
                    {
                        Required = true,
                    }
                ) with
                {
                    Required = true,
                },
                Field.Text("warnings", "Warnings, one per line.", BacktestService.MaxWarnings) with
                {
                    Nullable = true,
                    Multiline = true,
                },
                Field.Text("command", "The command that repeats it.", BacktestService.MaxCommand) with
                {
                    Nullable = true,
                },
            ],
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
        var page = await service.ListAsync(input.Limit, cursors.Read(Name, input.Query.Text("cursor")), input.Cancellation);
        return ApiResult.Of(
            ListView<BacktestSummaryView>.Of(page.Items.Select(BacktestSummaryView.OfBacktest), cursors.Write(Name, page.Continuation))
        );
    }

    /// <summary>Keeps a backtest.</summary>
    [Function(nameof(PublishBacktest))]
    public async Task<IResult> PublishBacktest([HttpTrigger(AuthorizationLevel.Function, "post", Route = "backtests")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Publish);
        var published = await service.PublishAsync(Read(input.Body, input.Caller), input.Caller, input.Cancellation);
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

    private static Field Optional(string name, string description) => Field.Number(name, description) with { Nullable = true };

    private static PublishedBacktest Read(Fields body, string caller)
    {
        var problems = new List<FieldProblem>();
        var backtest = new PublishedBacktest
        {
            Id = body.Text("id")!,
            StrategyType = body.Text("strategy_type")!,
            Symbol = body.Text("symbol")!,
            StartDate = Day(body, "start_date", problems),
            EndDate = Day(body, "end_date", problems),
            CreatedAt = Instant(body, "created_at", "created_at", problems),
            InitialCapital = body.Number("initial_capital")!.Value,
            TotalReturn = body.Number("total_return")!.Value,
            TotalReturnPct = body.Number("total_return_pct"),
            BuyAndHoldPct = body.Number("buy_and_hold_pct"),
            TotalTrades = body.Whole("total_trades")!.Value,
            WinRate = body.Number("win_rate"),
            ProfitFactor = body.Number("profit_factor"),
            MaxDrawdownPct = body.Number("max_drawdown_pct")!.Value,
            SharpeRatio = body.Number("sharpe_ratio"),
            Fees = body.Number("fees")!.Value,
            EquityCurve =
            [
                .. body.Items("equity_curve")!
                    .Select(
                        (point, index) =>
                            new BacktestPoint(
                                Instant(point, "at", FormattableString.Invariant($"equity_curve[{index}].at"), problems),
                                point.Number("equity")!.Value
                            )
                    ),
            ],
            Warnings = body.Text("warnings"),
            Command = body.Text("command"),
            PublishedBy = caller,
        };
        if (backtest.EndDate != default && backtest.EndDate < backtest.StartDate)
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

    private static DateOnly Day(Fields body, string name, List<FieldProblem> problems)
    {
        if (!DateOnly.TryParseExact(body.Text(name), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            problems.Add(new(name, FieldProblem.Malformed, $"{name} must be a day such as 2026-02-02."));
        }

        return day;
    }

    private static DateTimeOffset Instant(Fields fields, string name, string path, List<FieldProblem> problems)
    {
        // Without an offset the instant is ambiguous; before 1900 there are no prices.
        var text = fields.Text(name)!;
        if (
            !DateTimeOffset.TryParseExact(
                text,
                ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"],
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var instant
            )
            || instant.Year < 1900
        )
        {
            problems.Add(new(path, FieldProblem.Malformed, $"{path} must be an instant such as 2026-02-02T21:00:00Z."));
        }

        return instant;
    }
}
