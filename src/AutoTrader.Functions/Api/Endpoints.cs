using AutoTrader.Functions.Http;

namespace AutoTrader.Functions.Api;

/// <summary>Every endpoint. A test compares them with the functions that the host finds.</summary>
internal static class Endpoints
{
    public static IReadOnlyList<ApiEndpoint> All { get; } =
    [
        HealthFunctions.Get,
        EngineFunctions.Get,
        EngineFunctions.Run,
        EngineFunctions.Release,
        KillSwitchFunctions.Get,
        KillSwitchFunctions.Put,
        AttentionFunctions.List,
        AttentionFunctions.Delete,
        AuditFunctions.List,
        RiskFunctions.Get,
        RiskFunctions.Put,
        WishFunctions.Get,
        StrategyFunctions.List,
        StrategyFunctions.Create,
        StrategyFunctions.Get,
        StrategyFunctions.Patch,
        StrategyFunctions.Delete,
        StrategyActionFunctions.Enable,
        StrategyActionFunctions.Disable,
        StrategyActionFunctions.Pause,
        StrategyActionFunctions.Resume,
        StrategyActionFunctions.Close,
        StrategyTypeFunctions.List,
        StrategyTypeFunctions.Get,
        StrategyFileFunctions.Export,
        StrategyFileFunctions.Import,
        OrderFunctions.List,
        OrderFunctions.Get,
        OrderFunctions.Place,
        OrderFunctions.Cancel,
        PortfolioFunctions.Positions,
        PortfolioFunctions.Portfolio,
        TradeFunctions.Get,
        QuoteFunctions.List,
        QuoteFunctions.Get,
        NotificationFunctions.Get,
        NotificationFunctions.Test,
        NotificationFunctions.Send,
        OpenApiFunctions.Get,
    ];
}
