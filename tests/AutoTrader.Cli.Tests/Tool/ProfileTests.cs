using AutoTrader.Functions.Testing;

namespace AutoTrader.Cli.Tests.Tool;

/// <summary>A login keeps a server and its key for the user alone; nothing ever shows the key unasked.</summary>
public sealed class ProfileTests
{
    private const string Secret = "a-very-secret-key";

    [Fact]
    public async Task A_key_is_asked_for_once_and_used_from_then_on()
    {
        await using var app = await TestApp.StartAsync(("LocalHost:Keys:me", Secret));
        using var trader = new Trader();
        (await trader.RunAsync(["login", app.Address.ToString()], typed: "wrong\n")).ShouldExit(4);
        File.Exists(trader.ProfilesPath).ShouldBeFalse();

        var login = (await trader.RunAsync(["login", app.Address.ToString()], typed: Secret + "\n", isTerminal: true)).ShouldExit(0);
        login.Out.ShouldContain("account paper (PAPER)");
        (login.Out + login.Error).ShouldNotContain(Secret);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(trader.ProfilesPath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        (await trader.RunAsync("status")).ShouldExit(0);
        (await trader.RunAsync("config list")).ShouldExit(0).Out.ShouldNotContain(Secret);
        (await trader.RunAsync("config get key --show-secret")).ShouldExit(0).Out.ShouldContain(Secret);
        (await trader.RunAsync("profiles")).ShouldExit(0).Out.ShouldNotContain(Secret);
        (await trader.RunAsync("logout")).ShouldExit(0);
        (await File.ReadAllTextAsync(trader.ProfilesPath, TestContext.Current.CancellationToken)).ShouldNotContain(Secret);
    }

    [Fact]
    public async Task A_named_profile_wins_over_the_environment_and_that_over_the_default()
    {
        await using var one = await TestApp.StartAsync();
        await using var other = await TestApp.StartAsync();
        await other.CreateAsync("""{"id":"there","symbol":"ACME","strategy_type":"bracket","enabled":false,"entry_price":"5"}""");
        using var trader = new Trader();
        (await trader.RunAsync(["login", other.Address.ToString(), "--profile", "other"])).ShouldExit(0);
        (await trader.RunAsync(["login", one.Address.ToString()])).ShouldExit(0);

        (await trader.RunAsync("strategy show there")).ShouldExit(3);
        (await trader.RunAsync("strategy show there --profile other")).ShouldExit(0);
        trader.Variables["AUTOTRADER_URL"] = other.Address.ToString();
        (await trader.RunAsync("strategy show there")).ShouldExit(0);
        trader.Variables["AUTOTRADER_URL"] = one.Address.ToString();
        (await trader.RunAsync("strategy show there --profile other")).ShouldExit(0);
        (await trader.RunAsync("status --profile missing")).ShouldExit(3).Error.ShouldContain("trader login");
    }

    [Fact]
    public async Task A_key_is_not_sent_in_the_clear()
    {
        (await new Trader().RunAsync(["login", "http://trader.example"], typed: Secret + "\n")).ShouldExit(2).Error.ShouldContain("https");
        (await new Trader().RunAsync(["login", "not-a-url"], typed: Secret + "\n")).ShouldExit(2);
        (await new Trader().RunAsync(["login", "https://trader.example"])).ShouldExit(2).Error.ShouldContain("There is no key");
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_named()
    {
        using var trader = new Trader();
        Directory.CreateDirectory(Path.GetDirectoryName(trader.ProfilesPath)!);
        await File.WriteAllTextAsync(trader.ProfilesPath, "{", TestContext.Current.CancellationToken);
        (await trader.RunAsync("profiles")).ShouldExit(1).Error.ShouldContain(trader.ProfilesPath);
    }
}
