using AutoTrader.Core.Application.Backups;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>Everything of the account as one file, out and in.</summary>
public sealed class BackupFunctions(BackupService backups, RestoreService restores, RebuildService rebuilds)
{
    // What fits into a JSON body.
    private const int MaxInJson = 1_000_000;

    private const decimal DefaultTrailingStopPct = 5;

    internal static ApiEndpoint Get { get; } =
        new(
            nameof(GetBackup),
            "get",
            "backup",
            "Everything of the account and all schedules as one compressed file with a checksum. It holds no keys, and all that you trade: "
                + "keep it as you keep those."
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
            "Puts a backup into the empty account: the kill switch is on afterwards, nothing that was due or on its way is done again. "
                + "With dry_run nothing changes, and what differs is answered, also when the account is not empty."
        )
        {
            Tag = "backup",
            Query = [Field.Flag("dry_run", "Whether only to tell what differs.") with { Default = "false" }],
            Body = [Field.Text("backup", "The file in base64; or send the file itself as the body.", MaxInJson) with { Required = true }],
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
            "When storage is lost and there is no backup: positions and working orders are taken over from the broker, what is not "
                + "protected is protected, and what could not be known is told. The kill switch is on afterwards. "
                + "With dry_run nothing changes."
        )
        {
            Tag = "backup",
            Query = [Field.Flag("dry_run", "Whether only to tell what would be made.") with { Default = "false" }],
            Body =
            [
                Field.Number("trailing_stop_pct", "The trailing stop of shares whose strategy had no order at the broker, in percent.") with
                {
                    Min = 0.01m,
                    Max = 99.99m,
                    Default = "5",
                },
            ],
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
        var file = BackupFile.Read(input.Raw ?? Decoded(input.Body.Text("backup")!));
        return ApiResult.Of(
            RestoreView.Of(await restores.RestoreAsync(file, input.Query.Flag("dry_run") ?? false, input.Caller, input.Cancellation))
        );
    }

    /// <summary>Makes the state anew from the broker.</summary>
    [Function(nameof(RebuildFromBroker))]
    public async Task<IResult> RebuildFromBroker([HttpTrigger(AuthorizationLevel.Function, "post", Route = "rebuild")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Rebuild);
        var report = await rebuilds.RebuildAsync(
            input.Body.Number("trailing_stop_pct") ?? DefaultTrailingStopPct,
            input.Query.Flag("dry_run") ?? false,
            input.Caller,
            input.Cancellation
        );
        return ApiResult.Of(RebuildView.Of(report));
    }

    // What is no base64 is no backup either.
    private static byte[] Decoded(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : [];
    }
}
