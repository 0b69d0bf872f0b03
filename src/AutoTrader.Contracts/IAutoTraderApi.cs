using System.Text.Json.Nodes;
using Refit;

namespace AutoTrader.Contracts;

/// <summary>
/// The API, an operation each (<c>GET /api/openapi.json</c> describes them). Lists page with a cursor. A change that takes an
/// idempotency key is done once, however often it is sent with the same key; <c>ifMatch</c> is the version that it is made for.
/// </summary>
public interface IAutoTraderApi
{
    /// <summary>Whether the app works. Needs no key.</summary>
    [Get("/health")]
    Task<HealthView> GetHealthAsync(CancellationToken cancellationToken = default);

    /// <summary>How the engine is doing.</summary>
    [Get("/engine")]
    Task<EngineView> GetEngineAsync(CancellationToken cancellationToken = default);

    /// <summary>Everything at a glance.</summary>
    [Get("/overview")]
    Task<OverviewView> GetOverviewAsync(
        [Header("If-None-Match")] string? ifNoneMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Runs a cycle now; with <paramref name="dryRun"/> nothing changes.</summary>
    [Post("/engine/run")]
    Task<CycleView> RunEngineAsync([AliasAs("dry_run")] string? dryRun = null, CancellationToken cancellationToken = default);

    /// <summary>Lets a symbol be decided about again that is held for a corporate action.</summary>
    [Post("/engine/holds/{symbol}/release")]
    Task<CommandView> ReleaseHoldAsync(
        string symbol,
        [Body] ReasonRequest body,
        [Header("Idempotency-Key")] string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>The kill switch.</summary>
    [Get("/engine/kill-switch")]
    Task<KillSwitchView> GetKillSwitchAsync(CancellationToken cancellationToken = default);

    /// <summary>Turns the kill switch on or off.</summary>
    [Put("/engine/kill-switch")]
    Task<KillSwitchView> PutKillSwitchAsync(
        [Body] KillSwitchRequest body,
        [Header("Idempotency-Key")] string? idempotencyKey = null,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Everything that needs the user's eye.</summary>
    [Get("/attention")]
    Task<ListView<AttentionView>> ListAttentionAsync(CancellationToken cancellationToken = default);

    /// <summary>Deletes an unreadable row; its content is lost.</summary>
    [Delete("/attention/{key}")]
    Task DeleteAttentionAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Every change and its author, newest first.</summary>
    [Get("/audit")]
    Task<ListView<AuditView>> ListAuditAsync(int? limit = null, string? cursor = null, CancellationToken cancellationToken = default);

    /// <summary>Everything that happened since then, or behind the cursor, oldest first.</summary>
    [Get("/events")]
    Task<EventListView> ListEventsAsync(
        string? since = null,
        [AliasAs("strategy_id")] string? strategyId = null,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>The limits, and how far the day has used them up.</summary>
    [Get("/risk")]
    Task<RiskView> GetRiskAsync(CancellationToken cancellationToken = default);

    /// <summary>Changes limits.</summary>
    [Put("/risk")]
    Task<RiskView> PutRiskAsync(
        [Body] RiskRequest body,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>What became of a request that was answered with 202.</summary>
    [Get("/commands/{id}")]
    Task<CommandView> GetCommandAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Strategies, ordered by id.</summary>
    [Get("/strategies")]
    Task<ListView<StrategyResource>> ListStrategiesAsync(
        string? symbol = null,
        [AliasAs("strategy_type")] string? strategyType = null,
        string? phase = null,
        string? enabled = null,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Creates a strategy.</summary>
    /// <returns>The strategy, with <see cref="StrategyResource.Warnings"/>.</returns>
    [Post("/strategies")]
    Task<StrategyResource> CreateStrategyAsync([Body] StrategyRequest body, CancellationToken cancellationToken = default);

    /// <summary>One strategy.</summary>
    [Get("/strategies/{id}")]
    Task<StrategyResource> GetStrategyAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Changes a definition.</summary>
    [Patch("/strategies/{id}")]
    Task<StrategyResource> PatchStrategyAsync(
        string id,
        [Body] StrategyChange body,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Deletes a strategy; one that holds shares only with <paramref name="force"/>.</summary>
    [Delete("/strategies/{id}")]
    Task DeleteStrategyAsync(
        string id,
        string? force = null,
        [Header("Idempotency-Key")] string? idempotencyKey = null,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Lets a strategy enter.</summary>
    [Post("/strategies/{id}/enable")]
    Task<ActionView> EnableStrategyAsync(
        string id,
        [Body] ReasonRequest body,
        [Header("Idempotency-Key")] string? idempotencyKey = null,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Stops a strategy's entries until it is enabled.</summary>
    [Post("/strategies/{id}/disable")]
    Task<ActionView> DisableStrategyAsync(
        string id,
        [Body] ReasonRequest body,
        [Header("Idempotency-Key")] string? idempotencyKey = null,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Stops a strategy's entries until it is resumed.</summary>
    [Post("/strategies/{id}/pause")]
    Task<ActionView> PauseStrategyAsync(
        string id,
        [Body] ReasonRequest body,
        [Header("Idempotency-Key")] string? idempotencyKey = null,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Resumes a paused strategy where it stopped.</summary>
    [Post("/strategies/{id}/resume")]
    Task<ActionView> ResumeStrategyAsync(
        string id,
        [Body] ReasonRequest body,
        [Header("Idempotency-Key")] string? idempotencyKey = null,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Cancels a strategy's orders and sells its shares.</summary>
    [Post("/strategies/{id}/close")]
    Task<ActionView> CloseStrategyAsync(
        string id,
        [Body] ReasonRequest body,
        [Header("Idempotency-Key")] string? idempotencyKey = null,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>What each strategy type does.</summary>
    [Get("/strategy-types")]
    Task<ListView<TypeExplanationView>> ListStrategyTypesAsync(CancellationToken cancellationToken = default);

    /// <summary>What one strategy type does.</summary>
    [Get("/strategy-types/{type}")]
    Task<TypeExplanationView> GetStrategyTypeAsync(string type, CancellationToken cancellationToken = default);

    /// <summary>All strategies as <c>strategies.yaml</c>.</summary>
    [Get("/strategies.yaml")]
    Task<string> ExportStrategiesAsync(CancellationToken cancellationToken = default);

    /// <summary>Imports <c>strategies.yaml</c>.</summary>
    [Post("/strategies.yaml")]
    Task<StrategyImportView> ImportStrategiesAsync(
        [Body] YamlRequest body,
        [AliasAs("dry_run")] string? dryRun = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Orders by strategy: <c>open</c>, <c>done</c> or <c>all</c>.</summary>
    [Get("/orders")]
    Task<ListView<OrderView>> ListOrdersAsync(
        string? status = null,
        string? symbol = null,
        [AliasAs("strategy_id")] string? strategyId = null,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>One order.</summary>
    [Get("/orders/{id}")]
    Task<OrderView> GetOrderAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Places an order.</summary>
    [Post("/orders")]
    Task<OrderView> PlaceOrderAsync(
        [Body] OrderRequest body,
        [Header("Idempotency-Key")] string idempotencyKey,
        CancellationToken cancellationToken = default
    );

    /// <summary>Requests a cancel.</summary>
    [Delete("/orders/{id}")]
    Task<OrderView> CancelOrderAsync(
        string id,
        [Header("Idempotency-Key")] string? idempotencyKey = null,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Positions by symbol.</summary>
    [Get("/positions")]
    Task<ListView<PositionView>> GetPositionsAsync(CancellationToken cancellationToken = default);

    /// <summary>Money and positions together.</summary>
    [Get("/portfolio")]
    Task<PortfolioView> GetPortfolioAsync(CancellationToken cancellationToken = default);

    /// <summary>The equity curve, oldest first.</summary>
    [Get("/portfolio/history")]
    Task<ListView<EquityPointView>> GetEquityHistoryAsync(
        int? days = null,
        string? interval = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Cash movements other than fills.</summary>
    [Get("/portfolio/cash")]
    Task<ListView<CashActivityView>> ListCashActivitiesAsync(
        string? kind = null,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Books a difference of cash.</summary>
    [Post("/portfolio/cash/accept")]
    Task<CommandView> AcceptCashDifferenceAsync(
        [Body] CashRequest body,
        [Header("Idempotency-Key")] string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Closed trades and ledger entries of the last days.</summary>
    [Get("/trades")]
    Task<TradesView> GetTradesAsync(
        string? symbol = null,
        [AliasAs("strategy_id")] string? strategyId = null,
        int? days = null,
        int? limit = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>The same as CSV, with <paramref name="format"/> <c>csv</c>.</summary>
    [Get("/trades")]
    Task<string> ExportTradesAsync(
        string format,
        string? symbol = null,
        [AliasAs("strategy_id")] string? strategyId = null,
        int? days = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Quotes of several symbols, with commas between.</summary>
    [Get("/quotes")]
    Task<ListView<QuoteView>> ListQuotesAsync(string symbols, CancellationToken cancellationToken = default);

    /// <summary>The quote of a symbol.</summary>
    [Get("/quotes/{symbol}")]
    Task<QuoteView> GetQuoteAsync(string symbol, CancellationToken cancellationToken = default);

    /// <summary>The one-minute bars of a symbol until now, in order: the newest, up to a limit.</summary>
    [Get("/bars/{symbol}")]
    Task<ListView<BarView>> ListBarsAsync(
        string symbol,
        int? days = null,
        int? limit = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>What rose and fell most on the latest day.</summary>
    [Get("/movers")]
    Task<MoversView> GetMoversAsync(
        [AliasAs("market_type")] string? marketType = null,
        int? limit = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Channels, the latest notifications, and those that could not be delivered.</summary>
    [Get("/notifications")]
    Task<NotificationsView> GetNotificationsAsync(int? limit = null, string? cursor = null, CancellationToken cancellationToken = default);

    /// <summary>Sends the test message at once.</summary>
    [Post("/notifications/test")]
    Task<ListView<SendView>> TestNotificationsAsync([Body] ChannelRequest body, CancellationToken cancellationToken = default);

    /// <summary>Sends a message within a minute or so.</summary>
    [Post("/notifications/send")]
    Task<NotificationView> SendNotificationAsync([Body] MessageRequest body, CancellationToken cancellationToken = default);

    /// <summary>Schedules.</summary>
    [Get("/schedules")]
    Task<ListView<ScheduleResource>> ListSchedulesAsync(
        [AliasAs("task_type")] string? taskType = null,
        [AliasAs("strategy_id")] string? strategyId = null,
        string? enabled = null,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Creates a schedule.</summary>
    [Post("/schedules")]
    Task<ScheduleResource> CreateScheduleAsync([Body] ScheduleRequest body, CancellationToken cancellationToken = default);

    /// <summary>The next occurrences of a rule; nothing is saved.</summary>
    [Post("/schedules/preview")]
    Task<PreviewView> PreviewScheduleAsync([Body] PreviewRequest body, CancellationToken cancellationToken = default);

    /// <summary>One schedule.</summary>
    [Get("/schedules/{id}")]
    Task<ScheduleResource> GetScheduleAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Changes a schedule.</summary>
    [Patch("/schedules/{id}")]
    Task<ScheduleResource> PatchScheduleAsync(
        string id,
        [Body] SchedulePatch body,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Deletes a schedule.</summary>
    [Delete("/schedules/{id}")]
    Task DeleteScheduleAsync(string id, [Header("If-Match")] string? ifMatch = null, CancellationToken cancellationToken = default);

    /// <summary>Stops a schedule until it is resumed.</summary>
    [Post("/schedules/{id}/pause")]
    Task<ScheduleResource> PauseScheduleAsync(
        string id,
        [Body] ReasonRequest body,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Resumes a paused schedule at its next occurrence.</summary>
    [Post("/schedules/{id}/resume")]
    Task<ScheduleResource> ResumeScheduleAsync(
        string id,
        [Body] ReasonRequest body,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Fires a schedule now.</summary>
    [Post("/schedules/{id}/trigger")]
    Task<RunView> TriggerScheduleAsync(
        string id,
        [Header("Idempotency-Key")] string? idempotencyKey = null,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>What became of each occurrence, newest first.</summary>
    [Get("/schedules/{id}/runs")]
    Task<ListView<RunView>> ListScheduleRunsAsync(
        string id,
        string? status = null,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Schedules a strategy's start, replacing its previous schedule.</summary>
    [Put("/strategies/{id}/schedule")]
    Task<ScheduleResource> PutStrategyScheduleAsync(
        string id,
        [Body] StrategyScheduleRequest body,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Cancels a strategy's schedule.</summary>
    [Delete("/strategies/{id}/schedule")]
    Task<StrategyResource> DeleteStrategyScheduleAsync(
        string id,
        [Header("If-Match")] string? ifMatch = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>All schedules as <c>schedules.yaml</c>.</summary>
    [Get("/schedules.yaml")]
    Task<string> ExportSchedulesAsync(CancellationToken cancellationToken = default);

    /// <summary>Imports <c>schedules.yaml</c>.</summary>
    [Post("/schedules.yaml")]
    Task<ScheduleImportView> ImportSchedulesAsync(
        [Body] YamlRequest body,
        [AliasAs("dry_run")] string? dryRun = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Backtests that were sent, in the order of their ids.</summary>
    [Get("/backtests")]
    Task<ListView<BacktestSummaryView>> ListBacktestsAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Publishes a backtest's results on the page.</summary>
    [Post("/backtests")]
    Task<BacktestView> PublishBacktestAsync([Body] BacktestRequest body, CancellationToken cancellationToken = default);

    /// <summary>One backtest that was sent.</summary>
    [Get("/backtests/{id}")]
    Task<BacktestView> GetBacktestAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Deletes a published backtest.</summary>
    [Delete("/backtests/{id}")]
    Task DeleteBacktestAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Everything of the account as one file.</summary>
    [Get("/backup")]
    Task<HttpContent> GetBackupAsync(CancellationToken cancellationToken = default);

    /// <summary>Restores a backup into the empty account, or with <paramref name="dryRun"/> reports differences.</summary>
    [Post("/restore")]
    Task<RestoreView> RestoreBackupAsync(
        [Body] HttpContent file,
        [AliasAs("dry_run")] string? dryRun = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Rebuilds the state from the broker, or with <paramref name="dryRun"/> reports the result.</summary>
    [Post("/rebuild")]
    Task<RebuildView> RebuildFromBrokerAsync(
        [Body] RebuildRequest body,
        [AliasAs("dry_run")] string? dryRun = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>The list to go live by.</summary>
    [Get("/checklist")]
    Task<ChecklistView> GetChecklistAsync(CancellationToken cancellationToken = default);

    /// <summary>The description of the API.</summary>
    [Get("/openapi.json")]
    Task<JsonObject> GetOpenApiAsync(CancellationToken cancellationToken = default);
}
