using AutoTrader.Core.Application.Backups;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>Everything of the account as one file, out and in.</summary>
public sealed class BackupFunctions(BackupService backups, RestoreService restores, RebuildService rebuilds)
{
    private const decimal DefaultTrailingStopPct = 5;

    internal static ApiEndpoint Get { get; } =
        new(
            nameof(GetBackup),
            "get",
            "backup",
            "The whole account and all schedules as one compressed file with a checksum. It has no keys, but everything you trade: "
                + "keep it as safe as your keys."
        )
        {
            Tag = "backup",
            Headers = [Header.Disposition],
            OtherMedia = [BackupFile.Media],
            Refusals = [409],
        };

    internal static ApiEndpoint Restore { get; } =
        new(
            nameof(RestoreBackup),
            "post",
            "restore",
            "Restores a backup into the empty account. Afterwards the kill switch is on, and nothing that was due or in "
                + "progress runs again. "
                + "With dry_run nothing changes and the response lists differences, even if the account is not empty."
        )
        {
            Tag = "backup",
            Query = typeof(DryRunQuery),
            Body = typeof(RestoreRequest),
            RawBody = BackupFile.Media,
            MaxRawBody = BackupFile.MaxLength,
            Response = typeof(RestoreView),
            Refusals = [409, 422],
        };

    internal static ApiEndpoint Rebuild { get; } =
        new(
            nameof(RebuildFromBroker),
            "post",
            "rebuild",
            "For lost storage without a backup: adopts the broker's positions and working orders, places missing "
                + "stops, and lists gaps. The kill switch is on afterwards. "
                + "With dry_run nothing changes."
        )
        {
            Tag = "backup",
            Query = typeof(DryRunQuery),
            Body = typeof(RebuildRequest),
            BodyOptional = true,
            Response = typeof(RebuildView),
            Refusals = [409, 503],
        };

    /// <summary>Takes a backup.</summary>
    [Function(nameof(GetBackup))]
    public async Task<IResult> GetBackup([HttpTrigger(AuthorizationLevel.Function, "get", Route = "backup")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        var backup = await backups.TakeAsync(input.Caller, input.Cancellation);
        return ApiResult.File(backup.FileName, BackupFile.Media, backup.WriteAsync);
    }

    /// <summary>Restores one.</summary>
    [Function(nameof(RestoreBackup))]
    public async Task<IResult> RestoreBackup([HttpTrigger(AuthorizationLevel.Function, "post", Route = "restore")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Restore);
        var file = BackupFile.Read(input.Raw ?? Decoded(input.Body<RestoreRequest>().Backup));
        return ApiResult.Of(
            RestoreView.Of(await restores.RestoreAsync(file, input.Query<DryRunQuery>().DryRun ?? false, input.Caller, input.Cancellation))
        );
    }

    /// <summary>Rebuilds the state from the broker.</summary>
    [Function(nameof(RebuildFromBroker))]
    public async Task<IResult> RebuildFromBroker([HttpTrigger(AuthorizationLevel.Function, "post", Route = "rebuild")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Rebuild);
        var report = await rebuilds.RebuildAsync(
            input.Body<RebuildRequest>().TrailingStopPct.Or(DefaultTrailingStopPct),
            input.Query<DryRunQuery>().DryRun ?? false,
            input.Caller,
            input.Cancellation
        );
        return ApiResult.Of(RebuildView.Of(report));
    }

    // Invalid base64 is not a backup.
    private static byte[] Decoded(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : [];
    }
}
