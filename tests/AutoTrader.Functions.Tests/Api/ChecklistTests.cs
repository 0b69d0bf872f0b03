using System.Net;
using System.Text.Json.Nodes;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>The list to go live by says what is so.</summary>
public sealed class ChecklistTests
{
    [Fact]
    public async Task An_app_that_runs_and_is_set_up_is_ready_and_what_nobody_decided_on_is_told()
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync(Requests.Quiet);
        await app.MinutesAsync(3);
        var list = (await app.GetAsync("checklist")).ShouldBe(HttpStatusCode.OK).Json;
        list["ready"]!.GetValue<bool>().ShouldBeTrue(list.ToJsonString());
        Status(list, "health").ShouldBe("ok");
        Status(list, "broker").ShouldBe("ok");
        Status(list, "attention").ShouldBe("ok");
        Status(list, "strategies").ShouldBe("ok");
        Status(list, "protection").ShouldBe("ok");
        Status(list, "account").ShouldBe("warn");
        Status(list, "limits").ShouldBe("warn");
        Status(list, "backup").ShouldBe("warn");
        Status(list, "dead_mans_switch").ShouldBe("warn");
        Status(list, "notifications").ShouldBe("warn");
        Items(list).Where(it => it["status"]!.GetValue<string>() != "ok").ShouldAllBe(it => it["todo"] != null);
    }

    [Fact]
    public async Task What_is_done_about_an_item_takes_its_warning_away()
    {
        await using var app = await TestApp.StartAsync(("AutoTrader:HeartbeatUrl", "https://hc-ping.com/some-id"));
        await app.MinutesAsync(1);
        (await app.SendAsync("PUT", "risk", """{"max_daily_loss":"50"}""")).ShouldBe(HttpStatusCode.OK);
        (await app.GetAsync("backup")).ShouldBe(HttpStatusCode.OK);
        var list = (await app.GetAsync("checklist")).Json;
        Status(list, "limits").ShouldBe("ok");
        Status(list, "backup").ShouldBe("ok");
        Status(list, "dead_mans_switch").ShouldBe("ok");
        Status(list, "strategies").ShouldBe("warn");
        (await app.SendAsync("PUT", "risk", """{"max_daily_loss":"50000"}""")).ShouldBe(HttpStatusCode.OK);
        Status((await app.GetAsync("checklist")).Json, "limits").ShouldBe("warn");
    }

    [Fact]
    public async Task What_must_not_be_gone_live_with_fails()
    {
        await using var app = await TestApp.StartAsync();
        Status((await app.GetAsync("checklist")).Json, "health").ShouldBe("fail");
        await app.CreateAsync("""{"id":"loose","symbol":"BOLT","strategy_type":"scale_out","quantity":9,"entry_price":"10"}""");
        await app.SpoilAsync("strategy|broken");
        await app.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"a test"}""");
        await app.MinutesAsync(2);
        var list = (await app.GetAsync("checklist")).Json;
        list["ready"]!.GetValue<bool>().ShouldBeFalse(list.ToJsonString());
        Status(list, "attention").ShouldBe("fail");
        Status(list, "kill_switch").ShouldBe("warn");
        Items(list).Single(it => it["id"]!.GetValue<string>() == "protection")["found"]!.GetValue<string>().ShouldContain("loose");
    }

    private static IEnumerable<JsonNode> Items(JsonNode list) => list["items"]!.AsArray().Select(it => it!);

    private static string Status(JsonNode list, string id) =>
        Items(list).Single(it => it["id"]!.GetValue<string>() == id)["status"]!.GetValue<string>();
}
