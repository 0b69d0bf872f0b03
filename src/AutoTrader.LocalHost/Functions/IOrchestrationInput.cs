namespace AutoTrader.LocalHost.Functions;

/// <summary>The trigger value of an orchestration, whose input can be read as the type of the function's parameter.</summary>
internal interface IOrchestrationInput
{
    /// <summary>The input as a type.</summary>
    object? InputAs(Type type);
}
