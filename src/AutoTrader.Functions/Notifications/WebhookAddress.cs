using System.Net;
using System.Net.Sockets;

namespace AutoTrader.Functions.Notifications;

/// <summary>Where notifications may be sent: public addresses over https, and this machine, for development.</summary>
internal static class WebhookAddress
{
    private const int Mask100 = 0xC0;
    private const int Mask172 = 0xF0;
    private const int Mask198 = 0xFE;

    /// <summary>Reads an address from the settings.</summary>
    /// <exception cref="InvalidOperationException">The address is not allowed; the message names the setting and never the
    /// address.</exception>
    public static Uri Parse(string setting, string text)
    {
        var isAddress = Uri.TryCreate(text, UriKind.Absolute, out var address);
        var problem =
            !isAddress ? "is not an absolute address"
            : address!.UserInfo.Length > 0 ? "has a user name or password before the host; put the secret into the path"
            : IsHere(address) && address.Scheme is "http" or "https" ? null
            : address.Scheme != "https" ? "does not begin with https:// (http is for localhost only)"
            : IPAddress.TryParse(address.IdnHost.Trim('[', ']'), out var ip) && !IsPublic(ip) ? "names an address of a private network"
            : null;
        return problem is null
            ? address!
            : throw new InvalidOperationException($"The setting {setting} {problem}. Correct it, or remove it to switch the channel off.");
    }

    /// <summary>Opens connections to public addresses only, whatever a name resolves to; a name for this machine must say so.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        await ConnectAsync(
            context.DnsEndPoint,
            context.InitialRequestMessage.RequestUri is { } uri && IsHere(uri),
            Dns.GetHostAddressesAsync,
            cancellationToken
        );

    /// <summary>As above, with the resolver and the answer given.</summary>
    public static async Task<Stream> ConnectAsync(
        DnsEndPoint to,
        bool isHere,
        Func<string, CancellationToken, Task<IPAddress[]>> resolve,
        CancellationToken cancellationToken
    )
    {
        var addresses = await resolve(to.Host, cancellationToken);
        var allowed = Array.FindAll(addresses, ip => isHere ? IPAddress.IsLoopback(ip) : IsPublic(ip));
        if (allowed.Length == 0)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, "The host's address is not public.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, to.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether an address is one of the internet (source: IANA's registries of special-purpose addresses).</summary>
    public static bool IsPublic(IPAddress ip)
    {
        if (ip.IsIPv4MappedToIPv6)
        {
            return IsPublic(ip.MapToIPv4());
        }

        var bytes = ip.GetAddressBytes();
        return ip.AddressFamily == AddressFamily.InterNetwork
            ? bytes switch
            {
                [0 or 10 or 127 or >= 224, ..] => false,
                [100, var second, ..] when (second & Mask100) == 64 => false,
                [169, 254, ..] => false,
                [172, var second, ..] when (second & Mask172) == 16 => false,
                [192, 168, ..] or [192, 0, 0, _] or [192, 0, 2, _] or [198, 51, 100, _] or [203, 0, 113, _] => false,
                [198, var second, ..] when (second & Mask198) == 18 => false,
                _ => true,
            }
            : bytes
                is [(>= 0x20 and <= 0x3F), ..]
                    and not [0x20, 0x01, 0x0D, 0xB8, ..]
                    and not [0x20, 0x02, ..]
                    and not [0x20, 0x01, 0, 0, ..];
    }

    private static bool IsHere(Uri address) => address.IdnHost.Trim('[', ']') is "localhost" or "127.0.0.1" or "::1";
}
