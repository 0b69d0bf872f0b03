using Refit;

namespace AutoTrader.Contracts;

/// <summary>Makes clients of the API.</summary>
public static class ApiClients
{
    /// <summary>A client over <paramref name="http"/>, whose base address ends with <c>/api</c> and which sends the key.</summary>
    public static IAutoTraderApi Create(HttpClient http) =>
        RestService.ForGenerated<IAutoTraderApi>(http, new RefitSettings(new SystemTextJsonContentSerializer(ContractJson.Requests)));
}
