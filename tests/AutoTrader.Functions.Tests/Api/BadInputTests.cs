using AutoTrader.Functions.Api.Trading;
using AutoTrader.Functions.Api;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using AutoTrader.Functions.Http;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>What makes no sense is refused with problem details and the right status by every endpoint, and changes nothing.</summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private const int TenMegabytes = 10 * 1024 * 1024;

    private static readonly string[] BadValues =
    [
        "null",
        "[]",
        "{}",
        "true",
        "1e999",
        "-1e999",
        "1e28",
        "123456789012345678901234567890",
        "0.00000000000000000001",
        "1e-30",
        "1e-400",
        "-1",
        "-0.5",
        "0.5",
        "\"NaN\"",
        "\"Infinity\"",
        "\"-Infinity\"",
        "\"1,5\"",
        "\"0x10\"",
        "\" 1\"",
        "\"\"",
        "\"a\\u0000b\"",
        "\"\\u0007\"",
        "\"\\u2028\"",
        "\"\\ud800\"",
        "\"<script>\"",
        "[[[[[[]]]]]]",
        "[1]",
        "[{\"pct\":1}]",
        "{\"low\":1}",
    ];

    private static readonly string[] BadParts =
    [
        "%00",
        "%0A",
        "%0d%0aX-Evil:1",
        "%2e%2e%2fengine",
        "..%2f..%2f",
        "a%2fb",
        "a%5cb",
        "%7c",
        "strategy%7cquiet",
        "%27%20or%20%271%27%3d%271",
        "*",
        "%25",
        "%ff%fe",
        "%ed%a0%80",
        "%F0%9F%92%A9",
        "quiet%20",
        "QUIET!",
        "~",
        "(quiet)",
        "%3Fx=1",
        "%23",
        "at-quiet-abcdefgh-99999999999999999999",
        "at-m-",
        "at---1",
    ];

    private TestApp _app = null!;

    public static TheoryData<string> Functions => [.. Requests.Names];

    public static TheoryData<string> WithBody => [.. Requests.Names.Where(name => Requests.Endpoint(name).Body is not null)];

    public static TheoryData<string> WithQuery => [.. Requests.Names.Where(name => Requests.Endpoint(name).Query.Count > 0)];

    public static TheoryData<string> WithPart =>
        [.. Requests.Names.Where(name => Requests.Endpoint(name).Route.Contains('{', StringComparison.Ordinal))];

    public static TheoryData<string> WithIfMatch =>
        [.. Requests.Names.Where(name => Requests.Endpoint(name) is { TakesIfMatch: true } endpoint && endpoint.Tag != "orders")];

    public static TheoryData<string> WithKey => [.. Requests.Names.Where(name => Requests.Endpoint(name).Key != KeyUse.None)];

    public async ValueTask InitializeAsync()
    {
        _app = await TestApp.StartAsync();
        await _app.CreateAsync(Requests.Quiet);
        (await _app.PostAsync("schedules", Requests.QuietSchedule)).Status.ShouldBe(HttpStatusCode.Created);
        await _app.MinutesAsync(2);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [MemberData(nameof(Functions))]
    public async Task An_unknown_or_repeated_parameter_is_named(string function)
    {
        var endpoint = Requests.Endpoint(function);
        await UnchangedAsync(async () =>
        {
            var path = Requests.Path(endpoint);
            var reply = await SendAsync(endpoint, Requests.Join(path, "nonsense=1"), Requests.Body(endpoint));
            reply.ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR").Text.ShouldContain("nonsense");
            (await SendAsync(endpoint, Requests.Join(path, "%00=%00&a[]=1"), Requests.Body(endpoint))).ShouldBe(
                HttpStatusCode.BadRequest,
                "VALIDATION_ERROR"
            );
            if (endpoint.Query.Count > 0)
            {
                var name = endpoint.Query[0].Name;
                (await SendAsync(endpoint, Requests.Join(path, $"{name}=1&{name}=2"), Requests.Body(endpoint)))
                    .ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR")
                    .Text.ShouldContain(name);
            }
        });
    }

    [Theory]
    [MemberData(nameof(WithQuery))]
    public async Task A_parameter_of_the_wrong_kind_is_named(string function)
    {
        var endpoint = Requests.Endpoint(function);
        await UnchangedAsync(async () =>
        {
            foreach (var field in endpoint.Query)
            {
                foreach (
                    var value in new[]
                    {
                        "",
                        "%00",
                        "%0a",
                        "%1b",
                        "%20true%00",
                        "TRUE",
                        "1e-30",
                        "1e999",
                        "-1",
                        "99999999999999999999",
                        "NaN",
                        "x%ff",
                        new string('x', 5000),
                    }.Where(value => IsBad(field, value))
                )
                {
                    var path = Requests.Join(endpoint.Route == "quotes" ? "quotes" : Requests.Path(endpoint), $"{field.Name}={value}");
                    var reply = await SendAsync(endpoint, path, Requests.Body(endpoint));
                    reply.Status.ShouldBe(HttpStatusCode.BadRequest, $"{path}: {reply.Text}");
                    reply.Code.ShouldNotBeNull();
                }
            }
        });

        static bool IsBad(Field field, string value) =>
            field.Kind != FieldKind.Text || value is "" or "%00" or "%0a" or "%1b" or "%20true%00" || value.Length > 4999;
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public async Task A_body_of_ten_megabytes_is_413_whether_its_length_is_told_or_not(string function)
    {
        var endpoint = Requests.Endpoint(function);
        await UnchangedAsync(async () =>
        {
            foreach (var chunked in new[] { false, true })
            {
                using var request = new HttpRequestMessage(new(endpoint.Method), new Uri(_app.Address, "api/" + Requests.Path(endpoint)))
                {
                    Content = new ByteArrayContent(new byte[TenMegabytes]),
                };
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
                request.Headers.TransferEncodingChunked = chunked;
                request.Headers.ExpectContinue = !chunked;
                foreach (var (name, value) in Requests.Headers(endpoint))
                {
                    request.Headers.Add(name, value);
                }

                using var response = await _app.Client.SendAsync(request);
                response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
                JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]!.GetValue<string>().ShouldBe("BODY_TOO_LARGE");
            }
        });
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public async Task A_body_where_none_belongs_or_none_where_one_does_is_400(string function)
    {
        var endpoint = Requests.Endpoint(function);
        if (endpoint.BodyOptional)
        {
            return;
        }

        await UnchangedAsync(async () =>
            (await SendAsync(endpoint, Requests.Path(endpoint), endpoint.Body is null ? "{}" : null)).ShouldBe(
                HttpStatusCode.BadRequest,
                endpoint.Body is null ? "UNEXPECTED_BODY" : "BODY_REQUIRED"
            )
        );
    }

    [Theory]
    [MemberData(nameof(WithBody))]
    public async Task Malformed_json_is_400(string function)
    {
        var endpoint = Requests.Endpoint(function);
        await UnchangedAsync(async () =>
        {
            foreach (
                var body in new[]
                {
                    "{",
                    "{\"a\":}",
                    "[]",
                    "1",
                    "null",
                    "\"text\"",
                    "{} {}",
                    "{'a':1}",
                    "{\"a\":1,}",
                    "// {}",
                    "\u0000",
                    "\ufeff",
                    "{}\ufeff",
                    "{\"a\":NaN}",
                    "{\"a\":01}",
                    "{\"a\":\"\u0001\"}",
                    new string('[', 5000),
                    new string('{', 5000),
                    "{\"a\":" + new string('[', 100) + new string(']', 100) + "}",
                }
            )
            {
                (await SendAsync(endpoint, Requests.Path(endpoint), body)).ShouldBe(HttpStatusCode.BadRequest, "INVALID_JSON");
            }

            using var notUtf8 = new ByteArrayContent([(byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
            notUtf8.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
            (await _app.SendContentAsync(endpoint.Method, Requests.Path(endpoint), notUtf8, Requests.Headers(endpoint))).Status.ShouldBe(
                HttpStatusCode.BadRequest
            );
        });
    }

    [Theory]
    [MemberData(nameof(WithBody))]
    public async Task An_unknown_repeated_or_missing_field_is_named(string function)
    {
        var endpoint = Requests.Endpoint(function);
        await UnchangedAsync(async () =>
        {
            var good = Requests.Body(endpoint)!.Trim();
            (await SendAsync(endpoint, Requests.Path(endpoint), good[..^1] + ",\"nonsense\":1}"))
                .ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR")
                .Text.ShouldContain("nonsense");
            (await SendAsync(endpoint, Requests.Path(endpoint), good[..^1] + ",\"\\u0000<b>\":1}")).ShouldBe(
                HttpStatusCode.BadRequest,
                "VALIDATION_ERROR"
            );
            (await SendAsync(endpoint, Requests.Path(endpoint), good[..^1] + ",\"\\ud800\":{},\"__proto__\":{}}")).ShouldBe(
                HttpStatusCode.BadRequest,
                "VALIDATION_ERROR"
            );
            var name = Requests.BodyObject(endpoint).First().Key;
            (await SendAsync(endpoint, Requests.Path(endpoint), good[..^1] + $",\"{name}\":1}}"))
                .ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR")
                .Text.ShouldContain(name);
            foreach (var required in endpoint.Body!.Where(field => field.Required))
            {
                var without = Requests.BodyObject(endpoint);
                without.Remove(required.Name);
                (await SendAsync(endpoint, Requests.Path(endpoint), without.ToJsonString()))
                    .ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR")
                    .Text.ShouldContain(required.Name);
            }
        });
    }

    [Theory]
    [MemberData(nameof(WithBody))]
    public async Task A_field_of_the_wrong_kind_or_out_of_its_bounds_is_named(string function)
    {
        var endpoint = Requests.Endpoint(function);
        foreach (var field in endpoint.Body!)
        {
            foreach (
                var value in BadValues
                    .Append($"\"{new string('x', 200_000)}\"")
                    .Where(value => IsBad(field, value) && !(IsSigned(function, field) && (value is "-1" or "-0.5")))
            )
            {
                await UnchangedAsync(async () =>
                {
                    var body = Requests.BodyObject(endpoint);
                    body.Remove(field.Name);
                    var reply = await SendAsync(
                        endpoint,
                        Requests.Path(endpoint),
                        body.ToJsonString()[..^1] + (body.Count > 0 ? "," : "") + $"\"{field.Name}\":{value}}}"
                    );
                    reply.Status.ShouldBe(
                        HttpStatusCode.BadRequest,
                        $"{field.Name}: {value[..Math.Min(50, value.Length)]} gives {reply.Text}"
                    );
                    reply.Text.ShouldContain(field.Name);
                    reply.Text.Length.ShouldBeLessThan(8000);
                });
            }
        }
    }

    [Theory]
    [MemberData(nameof(WithPart))]
    public async Task Whatever_stands_in_the_path_is_never_a_fault(string function)
    {
        var endpoint = Requests.Endpoint(function);
        await UnchangedAsync(async () =>
        {
            foreach (
                var part in BadParts
                    .Append(new string('a', 3000))
                    .Where(part =>
                        !endpoint.Route.Contains("{symbol}", StringComparison.Ordinal) || !part.StartsWith("at-", StringComparison.Ordinal)
                    )
            )
            {
                var route = endpoint
                    .Route.Replace("{id}", part, StringComparison.Ordinal)
                    .Replace("{type}", part, StringComparison.Ordinal)
                    .Replace("{symbol}", part, StringComparison.Ordinal)
                    .Replace("{file}", part, StringComparison.Ordinal)
                    .Replace("{key}", part, StringComparison.Ordinal);
                var status = await RawAsync(endpoint, "/api/" + route);
                status.ShouldBeOneOf([400, 404, 414], $"{endpoint.Method} {route}");
            }
        });
    }

    [Theory]
    [InlineData("GET", "/api/strategies/../engine/../../etc/passwd")]
    [InlineData("GET", "/api//strategies//quiet//x")]
    [InlineData("GET", "/api/strategies/quiet/enable")]
    [InlineData("PUT", "/api/strategies/quiet")]
    [InlineData("TRACE", "/api/strategies")]
    [InlineData("GET", "/api/strategies/quiet;a=b/../x")]
    [InlineData("GET", "/API/%73trategies/nothing%2e")]
    [InlineData("POST", "/api/engine/run/../run/x")]
    public async Task Odd_paths_and_methods_are_not_found(string method, string path) =>
        await UnchangedAsync(async () => (await RawAsync(method, path, [])).ShouldBeOneOf([400, 404, 405]));

    [Theory]
    [MemberData(nameof(WithIfMatch))]
    public async Task A_stale_version_is_412_and_a_malformed_one_400(string function)
    {
        var endpoint = Requests.Endpoint(function);
        await UnchangedAsync(async () =>
        {
            foreach (var stale in new[] { "\"stale\"", "W/\"weak\"", "\"a\", \"b\"" })
            {
                (await SendAsync(endpoint, Requests.Path(endpoint), Requests.Body(endpoint), ("If-Match", stale))).ShouldBe(
                    HttpStatusCode.PreconditionFailed,
                    "PRECONDITION_FAILED"
                );
            }

            foreach (var malformed in new[] { "no-quotes", "\"", "\"a", "**" })
            {
                (await SendAsync(endpoint, Requests.Path(endpoint), Requests.Body(endpoint), ("If-Match", malformed))).ShouldBe(
                    HttpStatusCode.BadRequest,
                    "INVALID_HEADER"
                );
            }
        });
    }

    [Theory]
    [MemberData(nameof(WithKey))]
    public async Task A_malformed_idempotency_key_is_400(string function)
    {
        var endpoint = Requests.Endpoint(function);
        await UnchangedAsync(async () =>
        {
            foreach (var key in new[] { " ", "a b", new string('k', 256) })
            {
                (
                    await _app.SendAsync(endpoint.Method, Requests.Path(endpoint), Requests.Body(endpoint), ("Idempotency-Key", key))
                ).ShouldBe(HttpStatusCode.BadRequest, "INVALID_HEADER");
            }

            (
                await _app.SendAsync(
                    endpoint.Method,
                    Requests.Path(endpoint),
                    Requests.Body(endpoint),
                    ("Idempotency-Key", "a"),
                    ("Idempotency-Key", "b")
                )
            ).Status.ShouldBe(HttpStatusCode.BadRequest);
        });
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public async Task A_malformed_name_of_the_caller_is_400(string function)
    {
        var endpoint = Requests.Endpoint(function);
        await UnchangedAsync(async () =>
        {
            foreach (var name in new[] { "a/b", "<b>", "a|b", new string('n', 65) })
            {
                var headers = Requests.Headers(endpoint).Append(("X-Caller", name)).ToArray();
                (await _app.SendAsync(endpoint.Method, Requests.Path(endpoint), Requests.Body(endpoint), headers)).ShouldBe(
                    HttpStatusCode.BadRequest,
                    "INVALID_HEADER"
                );
            }
        });
    }

    [Theory]
    [InlineData("""{"symbol":"BOLT","strategy_type":"trailing_stop","trailing_stop_pct":0}""", "trailing_stop_pct")]
    [InlineData("""{"symbol":"BOLT","strategy_type":"trailing_stop","trailing_stop_pct":100}""", "trailing_stop_pct")]
    [InlineData("""{"symbol":"BOLT","strategy_type":"trailing_stop","trailing_stop_pct":"-5"}""", "trailing_stop_pct")]
    [InlineData("""{"symbol":"BOLT","strategy_type":"bracket","take_profit_pct":"10000.1"}""", "take_profit_pct")]
    [InlineData("""{"symbol":"BOLT","strategy_type":"bracket","quantity":0}""", "quantity")]
    [InlineData("""{"symbol":"BOLT","strategy_type":"bracket","quantity":1.5}""", "quantity")]
    [InlineData("""{"symbol":"BOLT","strategy_type":"bracket","entry_price":0}""", "entry_price")]
    [InlineData("""{"symbol":"BOLT","strategy_type":"bracket","entry_type":"limit"}""", "entry_price")]
    [InlineData("""{"symbol":"BOLT","strategy_type":"bracket","entry_condition":"sideways:5"}""", "entry_condition")]
    [InlineData("""{"symbol":"BOLT","strategy_type":"grid","entry_price":"10"}""", "entry_type")]
    [InlineData(
        """{"symbol":"BOLT","strategy_type":"grid","grid_config":{"low":"20","high":"10","levels":5,"qty_per_level":1}}""",
        "grid_config.high"
    )]
    [InlineData(
        """{"symbol":"BOLT","strategy_type":"grid","levels":5,"grid_config":{"low":"10","high":"20","levels":5,"qty_per_level":1}}""",
        "levels"
    )]
    [InlineData("""{"symbol":"BOLT","strategy_type":"bracket","levels":5}""", "levels")]
    [InlineData("""{"symbol":"BOLT","strategy_type":"scale_out","scale_targets":[{"pct":50,"target_pct":5}]}""", "scale_targets")]
    [InlineData("""{"symbol":"B LT","strategy_type":"bracket"}""", "symbol")]
    [InlineData("""{"symbol":"../BOLT","strategy_type":"bracket"}""", "symbol")]
    [InlineData("""{"symbol":"BOLT","strategy_type":"bracket","id":"manual"}""", "id")]
    [InlineData("""{"symbol":"BOLT","strategy_type":"bracket","id":"a|b"}""", "id")]
    public async Task A_strategy_that_makes_no_sense_is_400(string body, string field) =>
        await UnchangedAsync(async () =>
            (await _app.PostAsync("strategies", body)).Json["errors"]!
                .AsArray()
                .Select(error => error!["field"]!.GetValue<string>())
                .ShouldContain(field)
        );

    [Theory]
    [InlineData("""{"schedule_at":"9999-12-31T23:59:59Z"}""", "schedule_at")]
    [InlineData("""{"schedule_at":"9999-12-31 23:59:59"}""", "schedule_at")]
    [InlineData("""{"schedule_at":"9999-12-31T23:59:59Z","jitter_seconds":3600}""", "schedule_at")]
    [InlineData("""{"schedule_at":"0001-01-01 00:00","zone":"Asia/Tokyo"}""", "schedule_at")]
    [InlineData("""{"schedule_at":"2026-02-30"}""", "schedule_at")]
    [InlineData("""{"schedule_at":"2026-03-08 02:30"}""", "schedule_at")]
    [InlineData("""{"schedule_at":"+1h","schedule_cron":"0 9 * * *"}""", "schedule_cron")]
    [InlineData("""{}""", "schedule_at")]
    [InlineData("""{"schedule_cron":"* * * * * *","start_at":"9999-12-31T23:59:59Z"}""", "start_at")]
    [InlineData("""{"schedule_cron":"0 9 * * *","end_at":"9999-12-31T23:59:59Z"}""", "end_at")]
    [InlineData("""{"schedule_cron":"0 9 * * *","start_at":"2026-05-01","end_at":"2026-04-01"}""", "end_at")]
    [InlineData("""{"schedule_cron":"60 9 * * *"}""", "schedule_cron")]
    [InlineData("""{"schedule_cron":"* * * * * * *"}""", "schedule_cron")]
    [InlineData("""{"schedule_cron":"0 9 * * *","zone":"Mars/Olympus"}""", "zone")]
    [InlineData("""{"schedule_cron":"0 9 * * *","zone":"localtime"}""", "zone")]
    [InlineData("""{"schedule_cron":"0 9 * * *","jitter_seconds":3601}""", "jitter_seconds")]
    [InlineData("""{"schedule_cron":"0 9 * * *","max_runs":0}""", "max_runs")]
    [InlineData("""{"market":"open+7h"}""", "market")]
    [InlineData("""{"market":"noon"}""", "market")]
    public async Task A_rule_that_makes_no_sense_is_400_wherever_it_is_given(string body, string field) =>
        await UnchangedAsync(async () =>
        {
            var create = JsonNode.Parse(body)!.AsObject();
            create["task_type"] = "notify";
            foreach (
                var (method, path, json) in new[]
                {
                    ("POST", "schedules/preview", body),
                    ("POST", "schedules", create.ToJsonString()),
                    ("PATCH", "schedules/quiet", body),
                    ("PUT", "strategies/quiet/schedule", body),
                }
            )
            {
                // A change of nothing is none, and the short form has no jitter.
                if (!(method == "PATCH" && body == "{}") && !(method == "PUT" && body.Contains("jitter", StringComparison.Ordinal)))
                {
                    var reply = await _app.SendAsync(method, path, json);
                    reply.Status.ShouldBe(HttpStatusCode.BadRequest, $"{method} {path}: {reply.Text}");
                    reply.Json["errors"]!.AsArray().Select(error => error!["field"]!.GetValue<string>()).ShouldContain(field, reply.Text);
                }
            }
        });

    [Theory]
    [InlineData("""{"schedule_cron":"0 0 30 2 *"}""")]
    [InlineData("""{"schedule_cron":"0 3 * * 6","trading_days_only":true}""")]
    [InlineData("""{"schedule_at":"+1h","end_at":"+30m"}""")]
    [InlineData("""{"market":"open","start_at":"2036-01-02"}""")]
    public async Task A_rule_that_is_never_due_is_refused_and_the_preview_says_so(string body) =>
        await UnchangedAsync(async () =>
        {
            var create = JsonNode.Parse(body)!.AsObject();
            create["task_type"] = "notify";
            (await _app.PostAsync("schedules", create.ToJsonString()))
                .ShouldBe(HttpStatusCode.BadRequest, "INVALID_SCHEDULE_TIME")
                .Text.ShouldContain("never due");
            (await _app.PostAsync("schedules/preview", body)).ShouldBe(HttpStatusCode.OK).Json["ends"]!.GetValue<bool>().ShouldBeTrue();
        });

    [Theory]
    [InlineData("""{"symbol":"BOLT","side":"buy","qty":1,"limit_price":"10.001"}""", "limit_price")]
    [InlineData("""{"symbol":"BOLT","side":"buy","qty":1,"limit_price":"-10"}""", "limit_price")]
    [InlineData("""{"symbol":"BOLT","side":"buy","qty":1,"limit_price":"0"}""", "limit_price")]
    [InlineData("""{"symbol":"BOLT","side":"buy","qty":1,"limit_price":"10","price":"10"}""", "price")]
    [InlineData("""{"symbol":"BOLT","side":"buy","qty":1,"order_type":"limit"}""", "limit_price")]
    [InlineData("""{"symbol":"BOLT","side":"buy","qty":1,"order_type":"market","limit_price":"10"}""", "limit_price")]
    [InlineData("""{"symbol":"BOLT","side":"sell","qty":1,"order_type":"stop"}""", "stop_price")]
    [InlineData("""{"symbol":"BOLT","side":"sell","qty":1,"order_type":"trailing_stop"}""", "trail_percent")]
    [InlineData("""{"symbol":"BOLT","side":"sell","qty":1,"order_type":"trailing_stop","trail_percent":"100"}""", "trail_percent")]
    [InlineData("""{"symbol":"B/T","side":"buy","qty":1,"limit_price":"10"}""", "symbol")]
    public async Task An_order_that_makes_no_sense_is_400(string body, string field) =>
        await UnchangedAsync(async () =>
            (await _app.PostAsync("orders", body, ("Idempotency-Key", "k"))).ShouldBe(HttpStatusCode.BadRequest, "INVALID_ORDER").Json[
                "errors"
            ]!
                .AsArray()
                .Select(error => error!["field"]!.GetValue<string>())
                .ShouldContain(field)
        );

    [Fact]
    public async Task An_order_without_a_key_is_400() =>
        await UnchangedAsync(async () =>
            (await _app.PostAsync("orders", """{"symbol":"BOLT","side":"buy","qty":1,"limit_price":"10"}""")).ShouldBe(
                HttpStatusCode.BadRequest,
                "IDEMPOTENCY_KEY_REQUIRED"
            )
        );

    [Fact]
    public async Task An_id_that_exists_is_409() =>
        await UnchangedAsync(async () =>
            (await _app.PostAsync("strategies", """{"id":"quiet","symbol":"BOLT","strategy_type":"bracket"}""")).ShouldBe(
                HttpStatusCode.Conflict,
                "STRATEGY_EXISTS"
            )
        );

    [Theory]
    [InlineData("strategies")]
    [InlineData("orders?status=all")]
    [InlineData("audit")]
    public async Task A_cursor_that_was_not_made_for_the_list_is_400(string list)
    {
        await _app.CreateAsync("""{"id":"second","symbol":"BOLT","strategy_type":"bracket","enabled":false}""");
        var cursor = (await _app.GetAsync("strategies?limit=1")).Json["next_cursor"]!.GetValue<string>();
        foreach (
            var bad in new[]
            {
                "x",
                "AAAA",
                "%00",
                cursor[..^2],
                cursor + "AA",
                (cursor[0] == 'A' ? "B" : "A") + cursor[1..],
                new string('A', 3000),
            }
        )
        {
            (await _app.GetAsync(Requests.Join(list, "limit=1&cursor=" + bad))).Status.ShouldBe(HttpStatusCode.BadRequest, bad);
        }

        (await _app.GetAsync(Requests.Join("orders", "cursor=" + cursor))).ShouldBe(HttpStatusCode.BadRequest, "INVALID_CURSOR");
        (await _app.GetAsync("strategies?limit=1&enabled=true&cursor=" + cursor)).ShouldBe(HttpStatusCode.BadRequest, "INVALID_CURSOR");
        (await _app.GetAsync("strategies?limit=1&cursor=" + cursor)).Json["items"]![0]!["id"]!.GetValue<string>().ShouldBe("second");
    }

    [Theory]
    [InlineData("")]
    [InlineData("strategies")]
    [InlineData("strategies: 5")]
    [InlineData("strategies:\n- nonsense")]
    [InlineData("&a [*a, *a]")]
    [InlineData("strategies:\n- !!python/object:os.system {}\n")]
    public async Task A_file_that_holds_nothing_good_is_400(string yaml) =>
        await UnchangedAsync(async () =>
        {
            var body = new JsonObject { ["yaml"] = yaml };
            var reply = await _app.PostAsync("strategies.yaml", body.ToJsonString());
            reply.Status.ShouldBe(HttpStatusCode.BadRequest, reply.Text);
        });

    // A difference may be negative.
    private static bool IsSigned(string function, Field field) =>
        (function, field.Name)
            is
                (nameof(CashFunctions.AcceptCashDifference), "amount")
                or
                (
                    nameof(BacktestFunctions.PublishBacktest),
                    "total_return"
                        or "total_return_pct"
                        or "buy_and_hold_pct"
                        or "sharpe_ratio"
                );

    private static bool IsBad(Field field, string value) =>
        (field.Kind, value) switch
        {
            (_, "null") => !field.Nullable,
            (FieldKind.Flag, "true") => false,
            // Numbers that are out of all bounds only by rules of their own are looked at in tests of their own.
            (FieldKind.Number, "0.5") => false,
            (FieldKind.Number, "-1" or "-0.5") => true,
            (FieldKind.Text, "\"NaN\"" or "\"Infinity\"" or "\"-Infinity\"" or "\"1,5\"" or "\"0x10\"" or "\" 1\"" or "\"<script>\"") =>
                false,
            (FieldKind.Text, "\"\"") => !field.Nullable,
            (FieldKind.List, "[]") => false,
            (FieldKind.Part, "{}") => field.Parts.Any(part => part.Required),
            (FieldKind.Text, { Length: > 1000 }) => field.MaxLength < 200_000,
            _ => true,
        };

    private async Task<Reply> SendAsync(ApiEndpoint endpoint, string path, string? body, params (string, string)[] headers) =>
        await _app.SendAsync(endpoint.Method, path, body, [.. Requests.Headers(endpoint), .. headers]);

    private async Task UnchangedAsync(Func<Task> act)
    {
        var before = await _app.DumpAsync();
        await act();
        (await _app.DumpAsync()).ShouldBe(before);
        _app.Failures.ShouldBeEmpty();
    }

    private Task<int> RawAsync(ApiEndpoint endpoint, string path) =>
        RawAsync(endpoint.Method.ToUpperInvariant(), path, Encoding.UTF8.GetBytes(Requests.Body(endpoint) ?? ""));

    // Over a bare socket: a client library would tidy the path up.
    private async Task<int> RawAsync(string method, string path, byte[] body)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_app.Address.Host, _app.Address.Port);
        await using var stream = client.GetStream();
        var head =
            $"{method} {path} HTTP/1.1\r\nHost: {_app.Address.Authority}\r\nConnection: close\r\nIdempotency-Key: raw\r\nContent-Type: "
            + $"application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body]);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync();
        return int.Parse(answer.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
