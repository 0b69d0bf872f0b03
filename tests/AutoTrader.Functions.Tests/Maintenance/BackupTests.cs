using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using AutoTrader.Core.Application.Backups;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;
using AutoTrader.Functions.Tests.Api;
using AutoTrader.Storage.Tables;

namespace AutoTrader.Functions.Tests.Maintenance;

/// <summary>A backup holds everything, and a restore of it does nothing twice, wherever it ends.</summary>
public sealed class BackupTests : IAsyncLifetime
{
    private const string Acme = """{"id":"acme","symbol":"ACME","strategy_type":"trailing_stop","trailing_stop_pct":"2","quantity":5}""";

    private TestApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await TestApp.StartAsync();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task What_is_restored_into_new_storage_is_what_was_backed_up_and_it_buys_nothing_again()
    {
        await TradeAsync();
        var (file, at) = (await BackUpAsync(), _app.Now);
        var (orders, fills) = (await ItemsAsync(_app, "orders?limit=100"), await FillsAsync(_app));

        await using var other = await TestApp.StartAsync(new(), at, _ => { });
        var reply = await RestoreAsync(other, file);

        reply.ShouldBe(HttpStatusCode.OK);
        reply.Json["rows"]!["strategies"]!.GetValue<int>().ShouldBe(2);
        reply.Json["positions"]!.AsArray().ShouldBeEmpty();
        (await other.GetAsync("audit")).Json["items"]!.AsArray().ShouldContain(it => it!["action"]!.GetValue<string>() == "restore");
        await other.MinutesAsync(3);
        (await ItemsAsync(other, "orders?limit=100")).ShouldBe(orders);
        (await FillsAsync(other)).ShouldBe(fills);
        (await PositionAsync(other)).ShouldBe("5");
        (await other.GetAsync("engine")).Json["attention"]!.AsArray().ShouldBeEmpty();
        var kill = (await other.GetAsync("engine/kill-switch")).Json;
        kill["on"]!.GetValue<bool>().ShouldBeTrue();
        kill["reason"]!.GetValue<string>().ShouldContain("restored from the backup of 2026-02-02");

        // It goes on as it was: protected, and without a second entry.
        (await other.SendAsync("PUT", "engine/kill-switch", """{"on":false}""")).ShouldBe(HttpStatusCode.OK);
        await other.MinutesAsync(3);
        (await PositionAsync(other)).ShouldBe("5");
        (await other.GetAsync("health")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_shared_broker_sees_no_order_of_a_restored_strategy_under_an_id_that_was_given_since()
    {
        await TradeAsync();
        var file = await BackUpAsync();
        var before = (await _app.Get<ITradingStore>().ReadAsync<Strategy>("paper", TradingKey.Strategy("acme"), CancellationToken.None))!;

        await using var other = await TestApp.StartAsync(new(), _app.Now, _ => { });
        (await RestoreAsync(other, file)).ShouldBe(HttpStatusCode.OK);
        var after = (await other.Get<ITradingStore>().ReadAsync<Strategy>("paper", TradingKey.Strategy("acme"), CancellationToken.None))!;
        (after.Value with { NextSequence = 0 }).ShouldBe(before.Value with { NextSequence = 0 });
        after.Value.NextSequence.ShouldBeGreaterThan(before.Value.NextSequence + 10_000);
    }

    [Fact]
    public async Task What_was_on_its_way_and_what_waited_is_not_done_after_a_restore()
    {
        await TradeAsync();
        var store = _app.Get<ITradingStore>();
        var strategy = (await store.ReadAsync<Strategy>("paper", TradingKey.Strategy("acme"), CancellationToken.None))!.Value;
        var intent = new Order
        {
            ClientOrderId = ClientOrderIds.ForStrategy("acme", strategy.Arm, 40),
            StrategyId = "acme",
            Arm = strategy.Arm,
            Sequence = 40,
            Role = OrderRole.Entry,
            Terms = new()
            {
                Symbol = "ACME",
                Side = OrderSide.Buy,
                Quantity = 5,
                Type = OrderType.Market,
                TimeInForce = TimeInForce.Day,
            },
            DecidedAt = _app.Now,
            SubmitBy = _app.Now.AddHours(5),
        };
        var command = new CommandEnvelope
        {
            Id = "waits",
            Command = new Flatten(true),
            Caller = "test",
            RequestedAt = _app.Now,
        };
        await store.CommitAsync(
            "paper",
            [new(TradingKey.Order(intent), intent, null), new(TradingKey.Command(command.Id), command, null)],
            CancellationToken.None
        );
        var file = await BackUpAsync();

        await using var other = await TestApp.StartAsync(new(), _app.Now, _ => { });
        (await RestoreAsync(other, file)).Json["notes"]!.AsArray().Count.ShouldBe(3);
        await other.SendAsync("PUT", "engine/kill-switch", """{"on":false}""");
        await other.MinutesAsync(3);

        (await PositionAsync(other)).ShouldBe("5");
        (await other.Get<IBroker>().FindAsync(intent.ClientOrderId, CancellationToken.None)).ShouldBeNull();
        var asked = (await other.GetAsync("commands/waits")).Json;
        asked["status"]!.GetValue<string>().ShouldBe("refused");
        asked["code"]!.GetValue<string>().ShouldBe("RESTORED");
    }

    [Fact]
    public async Task A_restored_schedule_fires_what_is_due_from_then_on_and_accounts_for_what_passed()
    {
        await ScheduleAsync("minutely", "\"schedule_cron\":\"* * * * *\"");
        await ScheduleAsync("once", $"\"schedule_at\":\"{_app.Now.AddMinutes(20):O}\"");
        await ScheduleAsync("tomorrow", $"\"schedule_at\":\"{_app.Now.AddDays(1):O}\"");
        await _app.MinutesAsync(2);
        var (file, at) = (await BackUpAsync(), _app.Now);

        await using var other = await TestApp.StartAsync(new(), at.AddHours(1), _ => { });
        (await RestoreAsync(other, file)).ShouldBe(HttpStatusCode.OK);
        await other.MinutesAsync(3);

        var runs = (await other.GetAsync("schedules/minutely/runs")).Json["items"]!.AsArray();
        var since = runs.Where(run => run!["planned"]!.GetValue<DateTimeOffset>() > at).ToList();
        since
            .Where(run => run!["status"]!.GetValue<string>() == "fired")
            .ShouldAllBe(run => run!["planned"]!.GetValue<DateTimeOffset>() > at.AddHours(1));
        since.Count(run => run!["status"]!.GetValue<string>() == "fired").ShouldBeInRange(2, 3);
        since.Count(run => run!["code"]?.GetValue<string>() == "restored").ShouldBe(1);
        var once = (await other.GetAsync("schedules/once/runs")).Json["items"]!.AsArray();
        once.ShouldHaveSingleItem()!["status"]!.GetValue<string>().ShouldBe("skipped");
        (await other.GetAsync("schedules/once")).Json["next_run"].ShouldBeNull();
        (await other.GetAsync("schedules/tomorrow/runs")).Json["items"]!.AsArray().ShouldBeEmpty();
        (await other.GetAsync("schedules/tomorrow")).Json["next_run"].ShouldNotBeNull();
    }

    [Fact]
    public async Task A_strategy_that_sent_orders_after_the_backup_does_not_buy_again_where_the_broker_went_on()
    {
        await _app.CreateAsync(Acme);
        await _app.CreateAsync(Requests.Quiet.Replace("\"ACME\"", "\"BOLT\",\"enabled\":false", StringComparison.Ordinal));
        // As at a real broker: its account is no part of the backup, and goes on.
        var taken = BackupFile.Read(await BackUpAsync());
        using var file = new MemoryStream();
        await BackupFile.WriteAsync(file, "paper", taken.TakenAt, WithoutPaperAsync(taken), CancellationToken.None);
        await _app.MinutesAsync(4);
        (await PositionAsync(_app)).ShouldBe("5");

        var tables = new MemoryTables();
        foreach (
            var row in await _app.Get<IEntityTables>().Table("Paper").AllAsync(new(KeyRange.All, KeyRange.All), CancellationToken.None)
        )
        {
            await tables.Table("Paper").WriteAsync(new(row.PartitionKey, [EntityWrite.Upsert(row.RowKey, row)]), CancellationToken.None);
        }

        await using var other = await TestApp.StartAsync(new() { Tables = tables }, _app.Now, _ => { });
        var reply = (await RestoreAsync(other, file.ToArray())).ShouldBe(HttpStatusCode.OK);
        reply.Json["positions"]!.AsArray().ShouldHaveSingleItem()!["broker"]!.GetValue<string>().ShouldBe("5");
        (await other.SendAsync("PUT", "engine/kill-switch", """{"on":false}""")).ShouldBe(HttpStatusCode.OK);
        await other.MinutesAsync(4);
        (await PositionAsync(other)).ShouldBe("5");
        (await other.GetAsync("strategies/acme")).Json["pause_reason"]!.GetValue<string>().ShouldContain("than the backup");
        (await other.GetAsync("strategies/quiet")).Json["pause_reason"].ShouldBeNull();
    }

    [Fact]
    public async Task A_restore_into_an_account_that_is_not_empty_is_refused_and_a_dry_run_tells_what_differs()
    {
        await TradeAsync();
        var file = await BackUpAsync();
        await _app.SendAsync("DELETE", "strategies/quiet", null);
        await _app.CreateAsync("""{"id":"new","symbol":"CRUX","strategy_type":"bracket","entry_price":"10","quantity":5}""");
        var before = await _app.DumpAsync();

        (await RestoreAsync(_app, file)).ShouldBe(HttpStatusCode.Conflict, "ACCOUNT_NOT_EMPTY");
        (await _app.DumpAsync()).ShouldBe(before);
        var dry = await RestoreAsync(_app, file, "?dry_run=true");

        (await _app.DumpAsync()).ShouldBe(before);
        dry.ShouldBe(HttpStatusCode.OK);
        dry.Json["refused"]!.GetValue<string>().ShouldContain("2 strategies");
        var differences = dry.Json["differences"]!.AsArray().Select(it => $"{it!["how"]} {it["key"]}").ToList();
        differences.ShouldContain("only_in_file strategy|quiet");
        differences.ShouldContain("only_here strategy|new");
        differences.ShouldNotContain(it => it.EndsWith(" strategy|acme", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_is_damaged_anywhere_is_refused_and_changes_nothing()
    {
        await TradeAsync();
        var file = await BackUpAsync();
        await using var other = await TestApp.StartAsync();
        await other.MinutesAsync(1);
        var before = await other.DumpAsync();
        var text = Unpacked(file);
        var spoiled = Enumerable
            .Range(1, 40)
            .Select(part => Flipped(text, text.Length * part / 41))
            .Select(Packed)
            // Cut off: in the midst of the compressed text, and after whole lines.
            .Append(file[..(file.Length / 2)])
            .Append(Packed(Encoding.UTF8.GetString(text).Split('\n')[..^3]))
            .Append(Packed(Encoding.UTF8.GetString(text).Split('\n') is var lines ? [.. lines[..2], .. lines[3..]] : []));
        foreach (var bad in spoiled)
        {
            var reply = await RestoreAsync(other, bad);
            reply.Status.ShouldBe(HttpStatusCode.UnprocessableEntity, reply.Text);
            reply.Code!.ShouldBeOneOf("BACKUP_DAMAGED", "BACKUP_INVALID", "BACKUP_TOO_NEW");
        }

        (await other.DumpAsync()).ShouldBe(before);
    }

    [Theory]
    [InlineData("strategies:\n- id: a\n", "BACKUP_INVALID")]
    [InlineData(" ", "BACKUP_INVALID")]
    [InlineData("{\"format\":\"other\",\"version\":1}\n", "BACKUP_INVALID")]
    [InlineData("{\"format\":\"autotrader-backup\",\"version\":1,\"schema\":2,\"app_version\":\"9.1.0\"}\n", "BACKUP_TOO_NEW")]
    [InlineData("{\"format\":\"autotrader-backup\",\"version\":2,\"app_version\":\"9.1.0\"}\n", "BACKUP_TOO_NEW")]
    [InlineData("{\"format\":\"autotrader-backup\",\"version\":99999999999,\"app_version\":\"9.1.0\"}\n", "BACKUP_TOO_NEW")]
    [InlineData("{\"format\":\"autotrader-backup\",\"version\":1,\"schema\":1e40,\"app_version\":\"9.1.0\"}\n", "BACKUP_TOO_NEW")]
    public async Task What_is_no_backup_or_a_newer_one_is_refused_by_name(string text, string code)
    {
        var reply = await RestoreAsync(_app, Packed(Encoding.UTF8.GetBytes(text)));
        reply.ShouldBe(HttpStatusCode.UnprocessableEntity, code);
        if (code == "BACKUP_TOO_NEW")
        {
            reply.Json["detail"]!.GetValue<string>().ShouldContain("9.1.0");
        }

        (await RestoreAsync(_app, Encoding.UTF8.GetBytes(text + " "))).ShouldBe(HttpStatusCode.UnprocessableEntity, "BACKUP_INVALID");
    }

    [Theory]
    [InlineData("""{"table":null,"partition":"paper","row":"a","columns":{}}""", null)]
    [InlineData("""{"table":"Trading","partition":"paper","row":"a","columns":null}""", null)]
    [InlineData("""{"table":"Trading","partition":"paper","row":"a","columns":{"a":"1","a":"2"}}""", null)]
    [InlineData("""{"table":"Trading","partition":"paper","row":"a","columns":{"a":"\ud800"}}""", null)]
    [InlineData("""{"table":"Trading","partition":"paper","row":"\ud800","columns":{}}""", null)]
    [InlineData("""{"table":"Trading","partition":"other","row":"account","columns":{}}""", "other")]
    [InlineData("""{"table":"Elsewhere","partition":"paper","row":"a","columns":{}}""", "Elsewhere")]
    [InlineData(
        """
            {"table":"Trading","partition":"paper","row":"account","columns":{}}
            {"table":"Trading","partition":"paper","row":"account","columns":{}}
            """,
        "line 3"
    )]
    public async Task A_file_whose_checksum_is_right_and_whose_rows_are_none_of_the_account_changes_nothing(string rows, string? named)
    {
        var before = await _app.DumpAsync();
        var file = FileOf(rows);

        foreach (var query in (string[])["", "?dry_run=true"])
        {
            var reply = await RestoreAsync(_app, file, query);
            reply.ShouldBe(HttpStatusCode.UnprocessableEntity, "BACKUP_DAMAGED");
            reply.Json["detail"]!.GetValue<string>().ShouldContain(named ?? "line 2");
        }

        (await _app.DumpAsync()).ShouldBe(before);
    }

    [Theory]
    [InlineData("strategy|a", "notes", 32_769, false)]
    [InlineData("strategy|a", "notes", 32_769, true)]
    [InlineData("novelty|a", "1st", 1, false)]
    [InlineData("a/b", "notes", 1, false)]
    [InlineData("strategy|a", "created_at", 0, false)]
    public async Task What_storage_cannot_hold_is_found_out_before_anything_is_deleted(string key, string column, int length, bool isHalf)
    {
        await TradeAsync();
        if (isHalf)
        {
            // After an attempt that had not ended the account need not be empty.
            var row = (await _app.Get<ITradingStore>().ReadAsync<AccountState>("paper", TradingKey.Account, CancellationToken.None))!;
            var marked = row.Value with { Restoring = new("another", _app.Now, "me") };
            await _app.Get<ITradingStore>().CommitAsync("paper", [new(TradingKey.Account, marked, row.Version)], CancellationToken.None);
        }

        var before = await _app.DumpAsync();
        var value = length > 0 ? $"\"{new string('x', length)}\"" : """{"at":"1500-01-01T00:00:00Z"}""";
        var file = FileOf($$$"""{"table":"Trading","partition":"paper","row":"{{{key}}}","columns":{"{{{column}}}":{{{value}}}}}""");
        foreach (var query in (string[])["", "?dry_run=true"])
        {
            var reply = await RestoreAsync(_app, file, query);
            reply.ShouldBe(HttpStatusCode.UnprocessableEntity, "BACKUP_DAMAGED");
            reply.Json["detail"]!.GetValue<string>().ShouldContain("storage cannot hold");
        }

        (await _app.DumpAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_small_file_that_stands_for_one_endless_line_is_refused_before_it_fills_the_memory()
    {
        var reply = await RestoreAsync(_app, Packed(new byte[64 * 1024 * 1024]));
        reply.ShouldBe(HttpStatusCode.UnprocessableEntity, "BACKUP_DAMAGED");
        reply.Json["detail"]!.GetValue<string>().ShouldContain("longer than any row");
    }

    [Fact]
    public async Task A_backup_of_another_account_is_refused()
    {
        using var file = new MemoryStream();
        await BackupFile.WriteAsync(file, "alpaca-live-1", _app.Now, NothingAsync(), CancellationToken.None);
        (await RestoreAsync(_app, file.ToArray())).ShouldBe(HttpStatusCode.Conflict, "BACKUP_FOREIGN");
    }

    [Fact]
    public async Task Neither_a_backup_nor_a_restore_meets_a_cycle()
    {
        await TradeAsync();
        var file = await BackUpAsync();
        await using var held = await _app.HoldLeaseAsync();
        (await _app.GetAsync("backup")).ShouldBe(HttpStatusCode.Conflict, "ENGINE_LOCK_ERROR");
        (await RestoreAsync(_app, file)).ShouldBe(HttpStatusCode.Conflict, "ENGINE_LOCK_ERROR");
    }

    [Fact]
    public async Task A_restore_that_ends_anywhere_is_not_traded_on_and_is_done_again_whole()
    {
        await TradeAsync();
        await ScheduleAsync("tomorrow", $"\"schedule_at\":\"{_app.Now.AddDays(1):O}\"");
        var (file, at) = (await BackUpAsync(), _app.Now);
        var orders = await ItemsAsync(_app, "orders?limit=100");
        var crashes = 0;
        for (var write = 0; ; write++)
        {
            var faults = new WriteFaults();
            var storage = new TestStorage { Tables = new MemoryTables().Through(faults.Before) };
            await using var other = await TestApp.StartAsync(storage, at, _ => { });
            faults.Left = write;
            var first = await RestoreAsync(other, file);
            faults.Left = -1;
            if (first.Status == HttpStatusCode.OK)
            {
                break;
            }

            crashes++;
            first.ShouldBe(HttpStatusCode.ServiceUnavailable, "STORAGE_UNAVAILABLE");
            await other.MinutesAsync(2);
            var isMarked =
                (await other.Get<ITradingStore>().ReadAsync<Core.Risk.AccountState>("paper", TradingKey.Account, CancellationToken.None))
                    ?.Value
                    .Restoring
                is not null;
            if (isMarked)
            {
                (await other.GetAsync("engine")).Json["attention"]!
                    .AsArray()
                    .Select(it => it!["message"]!.GetValue<string>())
                    .ShouldContain(message => message.Contains("trader restore", StringComparison.Ordinal));
                (await other.GetAsync("health")).Json["status"]!.GetValue<string>().ShouldBe("impaired");
                (await other.GetAsync("backup")).ShouldBe(HttpStatusCode.Conflict, "RESTORE_NOT_ENDED");
            }

            // Before the mark nothing was changed, and with the last write the mark is gone and the restore in the audit.
            var again = await RestoreAsync(other, file);
            again.ShouldBe(HttpStatusCode.OK);
            again.Json["resumed"]!.GetValue<bool>().ShouldBe(isMarked);
            (await other.GetAsync("audit")).Json["items"]!
                .AsArray()
                .Count(it => it!["action"]!.GetValue<string>() == "restore")
                .ShouldBe(1);

            await other.MinutesAsync(2);
            (await ItemsAsync(other, "orders?limit=100")).ShouldBe(orders);
            (await PositionAsync(other)).ShouldBe("5");
            (await ItemsAsync(other, "schedules")).ShouldBe(["tomorrow"]);
            (await other.GetAsync("engine/kill-switch")).Json["on"]!.GetValue<bool>().ShouldBeTrue();
        }

        crashes.ShouldBeGreaterThan(5);
    }

    // A file whose checksum is right, whatever its rows are.
    private byte[] FileOf(string rows)
    {
        var header = $$"""
            {"format":"autotrader-backup","version":1,"schema":1,"app_version":"1.0.0","account":"paper","taken_at":"{{_app.Now:O}}"}
            """;
        var text = $"{header}\n{rows.ReplaceLineEndings("\n")}\n";
        var sum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        return Packed(Encoding.UTF8.GetBytes($$"""{{text}}{"rows":{{rows.Split('\n').Length}},"sha256":"{{sum}}"}""" + "\n"));
    }

    // A position that is protected, and a strategy that waits.
    private async Task TradeAsync()
    {
        await _app.CreateAsync(Acme);
        await _app.CreateAsync(Requests.Quiet.Replace("\"ACME\"", "\"BOLT\",\"enabled\":false", StringComparison.Ordinal));
        await _app.MinutesAsync(4);
        (await PositionAsync(_app)).ShouldBe("5");
    }

    private async Task ScheduleAsync(string id, string when) =>
        (
            await _app.PostAsync("schedules", $$$"""{"id":"{{{id}}}","task_type":"notify",{{{when}}},"task_data":{"message":"hello"}}""")
        ).ShouldBe(HttpStatusCode.Created);

    private async Task<byte[]> BackUpAsync()
    {
        using var response = await _app.Client.GetAsync(new Uri(_app.Address, "api/backup"));
        response.EnsureSuccessStatusCode();
        response.Content.Headers.ContentDisposition!.FileName!.ShouldStartWith("autotrader-paper-20260202T");
        return await response.Content.ReadAsByteArrayAsync();
    }

    private static async Task<Reply> RestoreAsync(TestApp app, byte[] file, string query = "")
    {
        using var content = new ByteArrayContent(file);
        content.Headers.ContentType = new MediaTypeHeaderValue(BackupFile.Media);
        return await app.SendContentAsync("POST", "restore" + query, content);
    }

    private static async Task<List<string>> ItemsAsync(TestApp app, string path) =>
        [.. (await app.GetAsync(path)).Json["items"]!.AsArray().Select(it => (it!["client_order_id"] ?? it["id"])!.ToString())];

    private static async Task<List<string>> FillsAsync(TestApp app) =>
        [
            .. (
                await app.Get<ITradingStore>().ListAsync<Fill>("paper", TradingKey.FillPrefix, 100, null, CancellationToken.None)
            ).Items.Select(row => row.Value.ExecutionId),
        ];

    private static async Task<string> PositionAsync(TestApp app) =>
        (await app.Get<IBroker>().GetPositionsAsync(CancellationToken.None))
            .Single(position => position.Symbol == "ACME")
            .Quantity.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static async IAsyncEnumerable<StoredRow> WithoutPaperAsync(BackupFile file)
    {
        await Task.CompletedTask;
        foreach (var row in file.Rows.Where(row => row.Table != StoredRow.Paper))
        {
            yield return row;
        }
    }

    private static async IAsyncEnumerable<StoredRow> NothingAsync()
    {
        await Task.CompletedTask;
        yield break;
    }

    private static byte[] Unpacked(byte[] file)
    {
        using var text = new GZipStream(new MemoryStream(file), CompressionMode.Decompress);
        using var whole = new MemoryStream();
        text.CopyTo(whole);
        return whole.ToArray();
    }

    private static byte[] Packed(string[] lines) => Packed(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));

    private static byte[] Packed(byte[] text)
    {
        using var file = new MemoryStream();
        using (var packed = new GZipStream(file, CompressionLevel.Fastest))
        {
            packed.Write(text);
        }

        return file.ToArray();
    }

    private static byte[] Flipped(byte[] text, int at)
    {
        byte[] other = [.. text];
        other[at] ^= 1;
        return other;
    }
}
