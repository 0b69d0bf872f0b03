using System.CommandLine;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;
using Spectre.Console;

namespace AutoTrader.Cli.Commands;

/// <summary>Notifications.</summary>
internal static class NotifyCommands
{
    private const string All = "all";
    private const int DefaultCount = 20;

    public static Command Of(TraderCli cli) =>
        TraderCli.Group("notify", "Notifications: test the channels, send a message, list recent ones.", Test(cli), Send(cli), List(cli));

    private static Option<string> Channel() =>
        new("--channel")
        {
            Description = "Which channel: discord, slack, teams, webhook or all.",
            DefaultValueFactory = _ => All,
            HelpName = "name",
        };

    private static CliCommand Test(TraderCli cli)
    {
        var channel = Channel();
        return cli.Command(
            "test",
            "Sends the test message at once and reports each channel's response.",
            async session =>
            {
                session.FindsOut = "trader notify list";
                await session.ActAsync();
                var request = new ChannelRequest(Optional.Of(session.Get(channel)));
                var sent = await session.WaitAsync(session.Api.TestNotificationsAsync(request, session.Cancellation));
                session.Print(() =>
                    new Listing<SendView>(session.Terminal.Width)
                        .Column("channel", it => it.Channel)
                        .Column("delivered", it => Cells.Flag(it.Delivered))
                        .Reason("error", it => it.Error)
                        .Of(sent.Items, "There is no channel.")
                );
                if (sent.Items.Any(it => !it.Delivered))
                {
                    throw new CommandException(ExitCode.Failed, "Not every channel accepted the message.");
                }
            },
            [channel],
            "trader notify test --channel discord"
        );
    }

    private static CliCommand Send(TraderCli cli)
    {
        var message = new Argument<string>("message") { Description = "The message." };
        var channel = Channel();
        return cli.Command(
            "send",
            "Sends a message to one channel, or to all that do not mute the event manual, within about a minute.",
            async session =>
            {
                session.FindsOut = "trader notify list";
                await session.ActAsync();
                var sent = await session.WaitAsync(
                    session.Api.SendNotificationAsync(new(session.Get(message)!, Optional.Of(session.Get(channel))), session.Cancellation)
                );
                session.Print(() => new Text(Cells.Clean($"It will be sent within about a minute, as {sent.Id}.")));
            },
            [message, channel],
            "trader notify send 'Back on Monday'",
            "trader notify send 'Back on Monday' --channel slack"
        );
    }

    private static CliCommand List(TraderCli cli) =>
        cli.Command(
            "list",
            "The channels, and the latest notifications with their outcome.",
            async session =>
            {
                var it = await session.WaitAsync(session.Api.GetNotificationsAsync(DefaultCount, cancellationToken: session.Cancellation));
                session.Print(() =>
                    new Rows(
                        new Listing<ChannelView>(session.Terminal.Width)
                            .Column("channel", channel => channel.Name)
                            .Column("address", channel => channel.Address, 1)
                            .Column("muted", channel => string.Join(", ", channel.Muted), 2)
                            .Of(it.Channels, "There is no channel."),
                        new Listing<OutboxView>(session.Terminal.Width)
                            .Column("at (New York)", sent => Cells.Time(sent.Notification.At))
                            .Column("event", sent => sent.Notification.Event, 1)
                            .Column("title", sent => sent.Notification.Title)
                            .Column("delivered", sent =>
                                string.Join(", ", sent.Deliveries.Select(delivery => $"{delivery.Channel} {Cells.Word(delivery.Status)}"))
                            )
                            .Of(it.Recent, "Nothing has been sent yet."),
                        it.DeadLetters.Count > 0
                            ? new Text(
                                FormattableString.Invariant($"{it.DeadLetters.Count} could not be delivered; trader status shows them.")
                            )
                            : new Text("")
                    )
                );
            },
            [],
            "trader notify list"
        );
}
